import { createHash, randomBytes } from 'node:crypto'
import type { ArtifactReference } from '../api/contract.js'
import type { RunningServer } from './running-server.js'

const nanosecondsPerMillisecond = 1_000_000n

/** Bytes with a type and a name, as a client would upload them. */
export interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly filename: string
}

/** The reference to some bytes, whether or not they are ever uploaded. */
export function referenceTo(upload: Upload, extra: Partial<ArtifactReference> = {}): ArtifactReference {
  return {
    sha256: createHash('sha256').update(upload.bytes).digest('hex'),
    size_bytes: upload.bytes.byteLength,
    content_type: upload.contentType,
    filename: upload.filename,
    ...extra,
  }
}

/** Registers an artifact: it is then announced, and pending. */
export async function register(server: RunningServer, upload: Upload): Promise<ArtifactReference> {
  const reference = referenceTo(upload)
  const { sha256, size_bytes, content_type, filename } = reference
  await send(server, '/v1/artifacts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sha256, size_bytes, content_type, filename }),
  })
  return reference
}

/** Brings the bytes of a registered artifact and finishes it. */
export async function deliver(server: RunningServer, upload: Upload): Promise<ArtifactReference> {
  const reference = referenceTo(upload)
  await send(server, `/v1/artifacts/${reference.sha256}/blob`, { method: 'PUT', body: upload.bytes })
  await send(server, `/v1/artifacts/${reference.sha256}/finalize`, { method: 'POST' })
  return reference
}

/** Stores an artifact by the whole handshake. */
export async function store(server: RunningServer, upload: Upload): Promise<ArtifactReference> {
  await register(server, upload)
  return deliver(server, upload)
}

/** The value of an attribute that refers to an artifact. */
export function attributeFor(reference: ArtifactReference): string {
  return JSON.stringify({ 'logfire.artifact': reference })
}

/** The value of an attribute that refers to several. */
export function attributeForAll(references: readonly ArtifactReference[]): string {
  return JSON.stringify(references.map((reference) => ({ 'logfire.artifact': reference })))
}

export interface SpanSeed {
  readonly name: string
  readonly id?: string
  readonly parent?: string
  readonly service?: string
  readonly kind?: 1 | 2 | 3 | 4 | 5
  /** Milliseconds from the start of the trace. */
  readonly from: number
  /** Milliseconds from the start of the trace; absent: never ended. */
  readonly to?: number
  readonly attributes?: Readonly<Record<string, AttributeSeed>>
  readonly resource?: Readonly<Record<string, AttributeSeed>>
  readonly error?: string
  readonly ok?: boolean
  readonly events?: ReadonlyArray<{ name: string; at: number; attributes?: Readonly<Record<string, AttributeSeed>> }>
  readonly links?: ReadonlyArray<{ traceId: string; spanId: string }>
}

export type AttributeSeed = string | number | boolean | readonly string[]

export const newTraceId = (): string => randomBytes(16).toString('hex')
export const newSpanId = (): string => randomBytes(8).toString('hex')

/** Sends spans as OTLP, JSON over HTTP, as any OpenTelemetry exporter may. */
export async function sendSpans(
  server: RunningServer,
  traceId: string,
  batch: { readonly startMs: number; readonly spans: readonly SpanSeed[] },
): Promise<void> {
  const start = BigInt(Math.round(batch.startMs)) * nanosecondsPerMillisecond
  const at = (milliseconds: number): string => String(start + BigInt(Math.round(milliseconds * 1e6)))
  const encode = (span: SpanSeed): unknown => ({
    traceId,
    spanId: span.id ?? newSpanId(),
    parentSpanId: span.parent ?? '',
    name: span.name,
    kind: span.kind ?? 1,
    startTimeUnixNano: at(span.from),
    endTimeUnixNano: span.to === undefined ? '0' : at(span.to),
    attributes: keyValues(span.attributes ?? {}),
    status: span.error === undefined ? (span.ok === true ? { code: 1 } : {}) : { code: 2, message: span.error },
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: at(event.at),
      attributes: keyValues(event.attributes ?? {}),
    })),
    links: (span.links ?? []).map((link) => ({ ...link, attributes: [] })),
  })
  const services = Map.groupBy(batch.spans, (span) => span.service ?? 'shop')
  const resourceSpans = [...services].map(([service, spans]) => ({
    resource: {
      attributes: keyValues({ 'service.name': service, ...spans.find(({ resource }) => resource)?.resource }),
    },
    scopeSpans: [{ scope: { name: 'viewer-tests', version: '1.2.3' }, spans: spans.map(encode) }],
  }))
  await send(server, '/v1/traces', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  })
}

function keyValues(attributes: Readonly<Record<string, AttributeSeed>>): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: AttributeSeed): unknown {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  return { arrayValue: { values: value.map(anyValue) } }
}

async function send(server: RunningServer, path: string, init: RequestInit): Promise<void> {
  const headers = new Headers(init.headers)
  if (server.writeToken !== undefined) headers.set('authorization', `Bearer ${server.writeToken}`)
  const response = await fetch(server.url + path, { ...init, headers })
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}
