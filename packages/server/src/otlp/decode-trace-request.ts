import { fromBinary } from '@bufbuild/protobuf'
import { isObject, type JsonObject, type JsonValue } from '../json.js'
import type { SpanEvent, SpanLink, SpanRecord, SpanScope, SpanStatus } from '../storage/catalog.js'
import { findArtifactLinks } from './artifact-links.js'
import { ExportTraceServiceRequestSchema } from './generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.js'

/** A request that cannot be read at all. The message names the field. */
export class MalformedTraceRequestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MalformedTraceRequestError'
  }
}

/** The spans of a request, and how many of them could not be accepted. */
export interface DecodedTraceRequest {
  spans: SpanRecord[]
  rejectedSpans: number
  /** Why spans were rejected; empty where none was. */
  rejectionMessage: string
}

/** How deep attribute values may nest. Real ones stay below ten; without a bound a request could exhaust the stack. */
const maxValueDepth = 64
const traceIdBytes = 16
const spanIdBytes = 8
const maxUint64 = (1n << 64n) - 1n
const kindNames = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const statusNames = ['UNSET', 'OK', 'ERROR'] as const

/**
 * Decodes an `ExportTraceServiceRequest` in binary protobuf.
 *
 * @throws MalformedTraceRequestError
 */
export function decodeProtobufTraceRequest(bytes: Uint8Array): DecodedTraceRequest {
  let message: unknown
  try {
    message = fromBinary(ExportTraceServiceRequestSchema, bytes)
  } catch (cause) {
    throw new MalformedTraceRequestError('body: is not an ExportTraceServiceRequest in protobuf', { cause })
  }
  return decodeRequest(message)
}

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON: identifiers in hexadecimal, 64-bit integers as strings or
 * numbers, enums as numbers (their names are taken too), unknown members ignored.
 *
 * @param json the parsed body
 * @throws MalformedTraceRequestError
 */
export function decodeJsonTraceRequest(json: unknown): DecodedTraceRequest {
  return decodeRequest(json)
}

/**
 * Both forms have the same members in camel case and differ only in leaves: identifiers are bytes or hexadecimal, and
 * 64-bit integers are `bigint`, number or string. So one walk decodes both.
 */
function decodeRequest(request: unknown): DecodedTraceRequest {
  const spans: SpanRecord[] = []
  const rejections: string[] = []
  const root = objectAt(request, 'body')
  for (const resourceSpans of objectsAt(root['resourceSpans'], 'resourceSpans')) {
    const resource = decodeAttributes(optionalObjectAt(resourceSpans['resource'], 'resource')['attributes'])
    for (const scopeSpans of objectsAt(resourceSpans['scopeSpans'], 'scopeSpans')) {
      const scope = decodeScope(scopeSpans['scope'])
      for (const raw of objectsAt(scopeSpans['spans'], 'spans')) {
        const span = decodeSpan(raw, resource, scope)
        if (typeof span === 'string') rejections.push(span)
        else spans.push(span)
      }
    }
  }
  return { spans, rejectedSpans: rejections.length, rejectionMessage: [...new Set(rejections)].join('; ') }
}

/** A span, or the reason why it alone is rejected. */
function decodeSpan(raw: Record<string, unknown>, resource: JsonObject, scope: SpanScope): SpanRecord | string {
  const traceId = decodeId(raw['traceId'], traceIdBytes)
  if (traceId === undefined) return 'traceId: must be 16 bytes, not all zero'
  const spanId = decodeId(raw['spanId'], spanIdBytes)
  if (spanId === undefined) return 'spanId: must be 8 bytes, not all zero'
  const attributes = decodeAttributes(raw['attributes'])
  const events = objectsAt(raw['events'], 'events').map(decodeEvent)
  return {
    traceId,
    spanId,
    // Zeros mean that there is no parent.
    parentSpanId: decodeId(raw['parentSpanId'], spanIdBytes) ?? null,
    name: stringAt(raw['name'], 'name'),
    kind: decodeEnum(raw['kind'], kindNames, 'SPAN_KIND_') ?? 'INTERNAL',
    startTimeUnixNano: decodeTime(raw['startTimeUnixNano'], 'startTimeUnixNano'),
    endTimeUnixNano: decodeTime(raw['endTimeUnixNano'], 'endTimeUnixNano'),
    status: decodeStatus(raw['status']),
    attributes,
    events,
    links: objectsAt(raw['links'], 'links').flatMap(decodeLink),
    scope,
    resource,
    artifacts: findArtifactLinks([attributes, ...events.map((event) => event.attributes)]),
  }
}

function decodeScope(raw: unknown): SpanScope {
  const scope = optionalObjectAt(raw, 'scope')
  return { name: stringAt(scope['name'], 'scope.name'), version: stringAt(scope['version'], 'scope.version') }
}

function decodeStatus(raw: unknown): SpanStatus {
  const status = optionalObjectAt(raw, 'status')
  const message = stringAt(status['message'], 'status.message')
  return {
    code: decodeEnum(status['code'], statusNames, 'STATUS_CODE_') ?? 'UNSET',
    ...(message !== '' && { message }),
  }
}

function decodeEvent(raw: Record<string, unknown>): SpanEvent {
  return {
    name: stringAt(raw['name'], 'events.name'),
    timeUnixNano: decodeTime(raw['timeUnixNano'], 'events.timeUnixNano'),
    attributes: decodeAttributes(raw['attributes']),
  }
}

/** A link, or nothing where it leads nowhere. */
function decodeLink(raw: Record<string, unknown>): SpanLink[] {
  const traceId = decodeId(raw['traceId'], traceIdBytes)
  const spanId = decodeId(raw['spanId'], spanIdBytes)
  if (traceId === undefined || spanId === undefined) return []
  return [{ traceId, spanId, attributes: decodeAttributes(raw['attributes']) }]
}

function decodeAttributes(raw: unknown, depth = 0): JsonObject {
  const pairs = objectsAt(raw, 'attributes')
  // It defines members instead of assigning them, so that `__proto__` is a name like any other.
  return Object.fromEntries(
    pairs.map((pair) => [stringAt(pair['key'], 'attributes.key'), decodeValue(pair['value'], depth)]),
  )
}

function decodeValue(raw: unknown, depth: number): JsonValue {
  if (depth > maxValueDepth) throw new MalformedTraceRequestError('attributes: values nest too deeply')
  const [kind, value] = variantOf(raw)
  switch (kind) {
    case 'stringValue':
      return stringAt(value, kind)
    case 'boolValue':
      if (typeof value !== 'boolean') throw mistyped(kind, 'a boolean')
      return value
    case 'intValue':
      return decodeInteger(value)
    case 'doubleValue':
      return decodeDouble(value)
    case 'bytesValue':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : stringAt(value, kind)
    case 'arrayValue':
      return objectsAt(optionalObjectAt(value, kind)['values'], kind).map((item) => decodeValue(item, depth + 1))
    case 'kvlistValue':
      return decodeAttributes(optionalObjectAt(value, kind)['values'], depth + 1)
    case undefined:
    default:
      return null
  }
}

/** Which kind of value an `AnyValue` holds, and the value: protobuf's `{value: {case, value}}` or JSON's `{kind: value}`. */
function variantOf(raw: unknown): [kind: string | undefined, value: unknown] {
  if (raw === undefined || raw === null) return [undefined, undefined]
  const value = objectAt(raw, 'attributes.value')
  const variant = value['value']
  if (isObject(variant) && typeof variant['case'] === 'string') return [variant['case'], variant['value']]
  for (const kind in value) {
    if (kind.endsWith('Value') && value[kind] !== null) return [kind, value[kind]]
  }
  return [undefined, undefined]
}

/** A number where JavaScript can hold it exactly, else its digits. */
function decodeInteger(value: unknown): JsonValue {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'bigint' || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))) {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  throw mistyped('intValue', 'an integer')
}

/** JSON has no NaN and no infinities: OTLP/JSON writes them as text, and so do we. */
function decodeDouble(value: unknown): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  throw mistyped('doubleValue', 'a number')
}

function decodeTime(value: unknown, field: string): string {
  if (value === undefined || value === null) return '0'
  const isDigits = typeof value === 'string' && /^\d{1,20}$/.test(value)
  const isNatural = typeof value === 'number' && Number.isInteger(value) && value >= 0
  if (!isDigits && !isNatural && typeof value !== 'bigint') throw mistyped(field, 'nanoseconds since the epoch')
  const time = BigInt(value)
  if (time > maxUint64) throw mistyped(field, 'an unsigned 64-bit integer')
  return time.toString()
}

/** Lower-case hexadecimal digits; `undefined` for the wrong length and for zeros, which stand for no identifier. */
function decodeId(value: unknown, length: number): string | undefined {
  const digits = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  if (typeof digits !== 'string' || digits.length !== 2 * length) return undefined
  if (!/^[0-9a-f]+$/i.test(digits) || /^0+$/.test(digits)) return undefined
  return digits.toLowerCase()
}

function decodeEnum<Name extends string>(value: unknown, names: readonly Name[], prefix: string): Name | undefined {
  if (typeof value === 'number') return names[value]
  if (typeof value !== 'string') return undefined
  return names.find((name) => value === `${prefix}${name}`)
}

function stringAt(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw mistyped(field, 'a string')
  return value
}

function objectAt(value: unknown, field: string): Record<string, unknown> {
  if (!isObject(value)) throw mistyped(field, 'an object')
  return value
}

function optionalObjectAt(value: unknown, field: string): Record<string, unknown> {
  return value === undefined || value === null ? {} : objectAt(value, field)
}

function objectsAt(value: unknown, field: string): Record<string, unknown>[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw mistyped(field, 'an array')
  return value.map((item) => objectAt(item, field))
}

function mistyped(field: string, expected: string): MalformedTraceRequestError {
  return new MalformedTraceRequestError(`${field}: must be ${expected}`)
}
