import { SpanStatusCode, trace } from '@opentelemetry/api'
import { Artifact, recordArtifact } from '@span-artifacts/core'
import express, { Router } from 'express'
import { drawChart } from './chart.js'
import { diagnosticsLog, summarize, type Analysis, type DiagnosticsLog } from './diagnostics.js'
import { findTicket } from './find-ticket.js'
import { Problem } from './problem.js'
import type { TicketStore } from './ticket-store.js'
import { validate } from './validate.js'

const MAX_LOG_BYTES = 4 * 1024 * 1024
const CREATED = 201
const NOT_FOUND = 404

const tracer = trace.getTracer('help-desk')

/** Taking a lamp's log, and giving out what was made of it. */
export function diagnosticsRoutes(tickets: TicketStore): Router {
  const router = Router()

  router.post('/tickets/:number/diagnostics', express.json({ limit: MAX_LOG_BYTES }), (request, response) => {
    const { number } = request.params
    const record = findTicket(tickets, number)
    record.analysis = analyse(validate(diagnosticsLog, request.body))
    const path = `/tickets/${number}/diagnostics`
    response.status(CREATED).json({
      verdict: record.analysis.summary.verdict,
      links: { summary: `${path}/summary.json`, chart: `${path}/chart.svg` },
    })
  })

  router.get('/tickets/:number/diagnostics/summary.json', (request, response) => {
    response.json(findAnalysis(tickets, request.params.number).summary)
  })

  router.get('/tickets/:number/diagnostics/chart.svg', (request, response) => {
    response.type('image/svg+xml').send(findAnalysis(tickets, request.params.number).chart)
  })

  return router
}

/** The work of the app itself, in a span of its own, with what it made attached by hand. */
function analyse(log: DiagnosticsLog): Analysis {
  return tracer.startActiveSpan('analyse diagnostics', (span) => {
    try {
      const summary = summarize(log)
      const chart = drawChart(log)
      span.setAttribute('diagnostics.readings', log.readings.length)
      // The everyday call.
      recordArtifact(span, 'diagnostics.chart', chart, { filename: 'chart.svg', contentType: 'image/svg+xml' })
      // The same in two steps. Whoever serializes an artifact gets its reference.
      const artifact = new Artifact(summary, { filename: 'summary.json' })
      span.setAttribute('diagnostics.summary', JSON.stringify(artifact))
      return { summary, chart }
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

function findAnalysis(tickets: TicketStore, number: string): Analysis {
  const { analysis } = findTicket(tickets, number)
  if (!analysis) throw new Problem(NOT_FOUND, 'no_diagnostics', `Ticket ${number} has no diagnostics.`)
  return analysis
}
