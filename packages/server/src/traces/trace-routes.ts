import { type App, type AppServices, authorize } from '../app-context.js'
import { jsonAnswer, withAnswerHeaders } from '../http/answers.js'
import { invalidRequest, notFound } from '../http/api-error.js'
import { parsePageRequest } from '../http/page-request.js'
import { receiveTraces } from '../otlp/trace-receiver.js'
import { spanJson, traceSummaryJson } from './trace-json.js'

const traceIdPattern = /^[0-9a-f]{32}$/

/** The OTLP receiver and the reading of traces. */
export function addTraceRoutes(app: App, services: AppServices): void {
  const { catalog, maxTraceRequestBytes: maxBytes, metrics, pace } = services

  app.post('/v1/traces', async (context) => {
    const { projectId } = await authorize(context, services, 'write')
    const { incoming, outgoing } = context.env
    const received = await receiveTraces(incoming, outgoing, { traces: catalog.traces, projectId, maxBytes, pace })
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
    const spans = await catalog.traces.spans(projectId, traceId)
    if (spans.length === 0) throw notFound()
    const now = Date.now()
    return jsonAnswer({ trace_id: traceId, spans: spans.map((span) => spanJson(span, now)) })
  })
}
