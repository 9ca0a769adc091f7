import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { create, toBinary } from '@bufbuild/protobuf'
import { ApiError, invalidRequest, toApiError } from '../http/api-error.js'
import { parseJson } from '../http/json-body.js'
import { type BodyMemory, type BodyPace, bodyTooLarge, mediaTypeOf, readWholeBody } from '../http/request-body.js'
import type { TraceCatalog } from '../storage/catalog/traces.js'
import { decodeJsonTraceRequest, decodeProtobufTraceRequest, type DecodedTraceRequest } from './decode-trace-request.js'
import { MalformedTraceRequestError } from './fields.js'
import { StatusSchema } from './generated/google/rpc/status_pb.js'
import {
  ExportTracePartialSuccessSchema,
  ExportTraceServiceResponseSchema,
} from './generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.js'
import type { OneAtATime } from './one-at-a-time.js'
import { limitJsonObjects, OversizedTraceRequestError } from './request-limits.js'

const protobufType = 'application/x-protobuf'
const jsonType = 'application/json'
type OtlpType = typeof protobufType | typeof jsonType

const gunzipBounded = promisify(gunzip)

/** Where the spans of an export go, and what it may cost. */
export interface TraceDestination {
  traces: TraceCatalog
  projectId: string
  /** Longest body, as sent and as unpacked, bytes. */
  maxBytes: number
  pace: BodyPace
  memory: BodyMemory
  /** What a request unpacks and decodes to takes many times its bytes: of that, one at a time is in memory. */
  inTurn: OneAtATime
}

/** An export that was carried out. */
export interface ReceivedTraces {
  answer: Response
  acceptedSpans: number
  rejectedSpans: number
}

/**
 * Takes one OTLP/HTTP export of traces. Spans without valid identifiers are rejected and counted in `partialSuccess`;
 * all others are stored before the answer.
 *
 * @throws ApiError; give it to {@link otlpErrorAnswer}, as OTLP has its own form of error
 */
export async function receiveTraces(
  request: IncomingMessage,
  response: ServerResponse,
  destination: TraceDestination,
): Promise<ReceivedTraces> {
  const { maxBytes, pace, memory, inTurn } = destination
  const type = otlpTypeOf(request)
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (type === undefined) {
    throw new ApiError(415, 'unsupported_media_type', `Content-Type: must be ${protobufType} or ${jsonType}`)
  }
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new ApiError(415, 'unsupported_media_type', 'Content-Encoding: must be gzip or absent')
  }
  const body = await readWholeBody(request, response, { maxBytes, pace, memory })
  try {
    return await inTurn(async () => {
      const decoded = decode(type, encoding === 'gzip' ? await unpack(body, maxBytes) : body, maxBytes)
      await destination.traces.addSpans(destination.projectId, decoded.spans)
      const { spans, rejectedSpans } = decoded
      return { answer: exportAnswer(type, decoded), acceptedSpans: spans.length, rejectedSpans }
    })
  } finally {
    memory.availableBytes += body.length
  }
}

/** The answer to a failed export: a `google.rpc.Status` in the encoding of the request, as the OTLP specification asks. */
export function otlpErrorAnswer(request: IncomingMessage, thrown: unknown): Response {
  const error = toApiError(thrown)
  const status = { code: grpcCode(error.status), message: error.message }
  const type = otlpTypeOf(request) ?? jsonType
  const body = type === jsonType ? JSON.stringify(status) : toBinary(StatusSchema, create(StatusSchema, status))
  return new Response(body, { status: error.status, headers: { ...error.headers, 'content-type': type } })
}

function otlpTypeOf(request: IncomingMessage): OtlpType | undefined {
  const type = mediaTypeOf(request.headers['content-type'])
  return type === protobufType || type === jsonType ? type : undefined
}

async function unpack(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipBounded(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) throw bodyTooLarge(maxBytes)
    throw invalidRequest('body: is not valid gzip')
  }
}

function decode(type: OtlpType, bytes: Buffer, maxBytes: number): DecodedTraceRequest {
  try {
    if (type === protobufType) return decodeProtobufTraceRequest(bytes, maxBytes)
    limitJsonObjects(bytes, maxBytes)
    return decodeJsonTraceRequest(parseJson(bytes), maxBytes)
  } catch (error) {
    if (error instanceof OversizedTraceRequestError) throw new ApiError(413, 'body_too_large', error.message)
    if (error instanceof MalformedTraceRequestError) throw invalidRequest(error.message)
    throw error
  }
}

function exportAnswer(type: OtlpType, decoded: DecodedTraceRequest): Response {
  const isPartial = decoded.rejectedSpans > 0
  const { rejectedSpans, rejectionMessage: errorMessage } = decoded
  if (type === jsonType) {
    // 64-bit integers are strings in protobuf's JSON.
    const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage }
    return Response.json(isPartial ? { partialSuccess } : {})
  }
  const partialSuccess = create(ExportTracePartialSuccessSchema, { rejectedSpans: BigInt(rejectedSpans), errorMessage })
  const message = create(ExportTraceServiceResponseSchema, isPartial ? { partialSuccess } : {})
  return new Response(toBinary(ExportTraceServiceResponseSchema, message), {
    headers: { 'content-type': protobufType },
  })
}

/** The code of gRPC that goes with an HTTP status, for the `code` member of `google.rpc.Status`. */
function grpcCode(status: number): number {
  switch (status) {
    case 401:
      return 16 // UNAUTHENTICATED
    case 403:
      return 7 // PERMISSION_DENIED
    case 408:
      return 4 // DEADLINE_EXCEEDED
    case 413:
    case 429:
    case 507:
      return 8 // RESOURCE_EXHAUSTED
    case 500:
      return 13 // INTERNAL
    case 503:
      return 14 // UNAVAILABLE
    default:
      return 3 // INVALID_ARGUMENT
  }
}
