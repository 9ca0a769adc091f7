import { trace } from '@opentelemetry/api'
import type { ErrorRequestHandler } from 'express'
import { Problem } from './problem.js'

const INTERNAL_SERVER_ERROR = 500

/** Turns whatever a route threw into JSON: `{"error": {"code", "message", "fields"?}}`. */
export const answerProblems: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const problem = problemOf(error)
  if (!problem) {
    const { traceId } = trace.getActiveSpan()?.spanContext() ?? {}
    console.error(`help desk: unexpected error in trace ${traceId ?? 'unknown'}:`, error)
  }
  // Too late for a status: Express closes the connection, so that nobody takes half an answer for a whole one.
  if (response.headersSent) return next(error)
  const { status, code, message, fields } =
    problem ?? new Problem(INTERNAL_SERVER_ERROR, 'internal_error', 'Something broke on our side. Please try again.')
  response.status(status).json({ error: { code, message, ...(fields && { fields }) } })
}

/** Middleware of Express marks what is the client's mistake with `expose`, a `status` and a `type`. */
function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined
  if (!('status' in error) || typeof error.status !== 'number') return undefined
  const type = 'type' in error && typeof error.type === 'string' ? error.type : 'bad_request'
  return new Problem(error.status, type.replaceAll('.', '_'), `The request could not be read: ${error.message}`)
}
