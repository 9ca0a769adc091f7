import { fromBinary } from '@bufbuild/protobuf'
import type { JsonObject } from '../json.js'
import type { SpanEvent, SpanLink, SpanRecord, SpanScope, SpanStatus } from '../storage/catalog/traces.js'
import { findArtifactLinks } from './artifact-links.js'
import { decodeAttributes } from './attribute-values.js'
import {
  enumAt,
  idAt,
  MalformedTraceRequestError,
  objectAt,
  objectsAt,
  optionalObjectAt,
  stringAt,
  timeAt,
} from './fields.js'
import { ExportTraceServiceRequestSchema } from './generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.js'
import { limitMessages, OversizedTraceRequestError, spanBudget } from './request-limits.js'

/** The spans of a request, and how many of them could not be accepted. */
export interface DecodedTraceRequest {
  spans: SpanRecord[]
  rejectedSpans: number
  /** Why spans were rejected; empty where none was. */
  rejectionMessage: string
}

const traceIdBytes = 16
const spanIdBytes = 8
const kindNames = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const statusNames = ['UNSET', 'OK', 'ERROR'] as const

/**
 * Decodes an `ExportTraceServiceRequest` in binary protobuf.
 *
 * @param maxBytes longest request; what it may decode to follows from it
 * @throws MalformedTraceRequestError, OversizedTraceRequestError
 */
export function decodeProtobufTraceRequest(bytes: Uint8Array, maxBytes: number): DecodedTraceRequest {
  let message: unknown
  try {
    limitMessages(ExportTraceServiceRequestSchema, bytes, maxBytes)
    message = fromBinary(ExportTraceServiceRequestSchema, bytes, { readUnknownFields: false })
  } catch (cause) {
    if (cause instanceof OversizedTraceRequestError) throw cause
    throw new MalformedTraceRequestError('body: is not an ExportTraceServiceRequest in protobuf', { cause })
  }
  return decodeRequest(message, maxBytes)
}

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON: identifiers in hexadecimal, 64-bit integers as strings or
 * numbers, enums as numbers (their names are taken too), unknown members ignored.
 *
 * @param json the parsed body
 * @param maxBytes longest request; what its spans may repeat follows from it
 * @throws MalformedTraceRequestError, OversizedTraceRequestError
 */
export function decodeJsonTraceRequest(json: unknown, maxBytes: number): DecodedTraceRequest {
  return decodeRequest(json, maxBytes)
}

/**
 * Both forms have the same members in camel case and differ only in leaves: identifiers are bytes or hexadecimal, and
 * 64-bit integers are `bigint`, number or string. So one walk decodes both.
 */
function decodeRequest(request: unknown, maxBytes: number): DecodedTraceRequest {
  const budget = spanBudget(maxBytes)
  const spans: SpanRecord[] = []
  const rejections: string[] = []
  const root = objectAt(request, 'body')
  for (const resourceSpans of objectsAt(root['resourceSpans'], 'resourceSpans')) {
    const resource = decodeAttributes(optionalObjectAt(resourceSpans['resource'], 'resource')['attributes'])
    const resourceLength = JSON.stringify(resource).length
    for (const scopeSpans of objectsAt(resourceSpans['scopeSpans'], 'scopeSpans')) {
      const scope = decodeScope(scopeSpans['scope'])
      const repeatedLength = resourceLength + scope.name.length + scope.version.length
      for (const raw of objectsAt(scopeSpans['spans'], 'spans')) {
        budget.take(repeatedLength)
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
  const traceId = idAt(raw['traceId'], traceIdBytes)
  if (traceId === undefined) return 'traceId: must be 16 bytes, not all zero'
  const spanId = idAt(raw['spanId'], spanIdBytes)
  if (spanId === undefined) return 'spanId: must be 8 bytes, not all zero'
  const attributes = decodeAttributes(raw['attributes'])
  const events = objectsAt(raw['events'], 'events').map(decodeEvent)
  return {
    traceId,
    spanId,
    // Zeros mean that there is no parent.
    parentSpanId: idAt(raw['parentSpanId'], spanIdBytes) ?? null,
    name: stringAt(raw['name'], 'name'),
    kind: enumAt(raw['kind'], kindNames, 'SPAN_KIND_') ?? 'INTERNAL',
    startTimeUnixNano: timeAt(raw['startTimeUnixNano'], 'startTimeUnixNano'),
    endTimeUnixNano: timeAt(raw['endTimeUnixNano'], 'endTimeUnixNano'),
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
    code: enumAt(status['code'], statusNames, 'STATUS_CODE_') ?? 'UNSET',
    ...(message !== '' && { message }),
  }
}

function decodeEvent(raw: Record<string, unknown>): SpanEvent {
  return {
    name: stringAt(raw['name'], 'events.name'),
    timeUnixNano: timeAt(raw['timeUnixNano'], 'events.timeUnixNano'),
    attributes: decodeAttributes(raw['attributes']),
  }
}

/** A link, or nothing where it leads nowhere. */
function decodeLink(raw: Record<string, unknown>): SpanLink[] {
  const traceId = idAt(raw['traceId'], traceIdBytes)
  const spanId = idAt(raw['spanId'], spanIdBytes)
  if (traceId === undefined || spanId === undefined) return []
  return [{ traceId, spanId, attributes: decodeAttributes(raw['attributes']) }]
}
