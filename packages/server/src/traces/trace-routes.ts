import { type App, type AppServices, authorize } from '../app-context.js'
import { jsonAnswer, withAnswerHeaders } from '../http/answers.js'
import { invalidRequest, notFound } from '../http/api-error.js'
import { parsePageRequest } from '../http/page-request.js'
import { oneAtATime } from '../otlp/one-at-a-time.js'
import { receiveTraces } from '../otlp/trace-receiver.js'
import { spanJson, traceSummaryJson } from './trace-json.js'

/** How many exports of the largest size are held in memory at once. */
const largestRequestsAtOnce = 8
/** The first so many spans of a trace are shown; what runs away may have millions. */
const maxSpansShown = 10_000
/** And of large spans so many that the server, and a browser, can hold them at once. */
const maxBytesShown = 64 * 1024 * 1024
const traceIdPattern = /^[0-9a-f]{32}$/

/** The OTLP receiver and the reading of traces. */
export function addTraceRoutes(app: App, services: AppServices): void {
  const { catalog, maxTraceRequestBytes: maxBytes, metrics, pace } = services
  const memory = { availableBytes: largestRequestsAtOnce * maxBytes }
  const inTurn = oneAtATime()

  app.post('/v1/traces', async (context) => {
    const { projectId } = await authorize(context, services, 'write')
    const { incoming, outgoing } = context.env
    const destination = { traces: catalog.traces, projectId, maxBytes, pace, memory, inTurn }
    const received = await receiveTraces(incoming, outgoing, destination)
    metrics.countSpans(received.acceptedSpans, received.rejectedSpans)
    return withAnswerHeaders(received.answer)
  })

  app.get('/v1/traces', async (context) => {
    const { projectId } = await authorize(context, services, 'read')
    const page = await catalog.traces.list(projectId, parsePageRequest(context.req.query()))
    const now = Date.now()
    return jsonAnswer({ traces: page.items.map((trace) => traceSummaryJson(trace, now)), next_cursor: page.nextCursor })
  })

  app.get('/v1/traces/:traceId', async (context) => {
    const { projectId } = await authorize(context, services, 'read')
    const traceId = context.req.param('traceId')
    if (!traceIdPattern.test(traceId)) throw invalidRequest('trace_id: must be 32 lower-case hexadecimal digits')
    const extent = { maxSpans: maxSpansShown, maxBytes: maxBytesShown }
    const { spans, isTruncated } = await catalog.traces.spans(projectId, traceId, extent)
    if (spans.length === 0) throw notFound()
    const now = Date.now()
    return jsonAnswer({ trace_id: traceId, spans: spans.map((span) => spanJson(span, now)), truncated: isTruncated })
  })
}
