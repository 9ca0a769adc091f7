import { trace } from '@opentelemetry/api'
import { artifactMiddleware } from '@span-artifacts/express'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { agentRoutes } from './agent-routes.js'
import { createAgents } from './agents.js'
import { answerProblems } from './answer-problems.js'
import { assistantRoutes } from './assistant-routes.js'
import type { AssistantModels } from './assistant/models.js'
import { diagnosticsRoutes } from './diagnostics-routes.js'
import { FORM_PAGE } from './pages.js'
import { Problem } from './problem.js'
import { ticketRoutes } from './ticket-routes.js'
import { createTicketStore } from './ticket-store.js'
import { TRACE_ID_HEADER } from './trace-id-header.js'

const NOT_FOUND = 404

export interface HelpDeskOptions {
  /** An existing directory in which uploaded files are kept. */
  readonly uploadDirectory: string
  /** Where traces can be seen; linked from the page that confirms a ticket. */
  readonly viewerUrl?: string | undefined
  /** Who suggests replies to agents. */
  readonly models: AssistantModels
}

/** The help desk of a maker of lamps. */
export function createHelpDesk({ uploadDirectory, viewerUrl, models }: HelpDeskOptions): Express {
  const tickets = createTicketStore()
  const agents = createAgents()
  const app = express()
  app.disable('x-powered-by')
  // The one line that Span Artifacts needs: everything that goes in and out below becomes part of the trace.
  app.use(artifactMiddleware())
  app.use(nameTrace)
  app.get('/', (_request, response) => {
    response.type('html').send(FORM_PAGE)
  })
  app.use(ticketRoutes({ tickets, uploadDirectory, viewerUrl }))
  app.use(diagnosticsRoutes(tickets))
  app.use(agentRoutes(tickets, agents))
  app.use(assistantRoutes({ tickets, agents, models }))
  app.use(refuseUnknownAddress)
  app.use(answerProblems)
  return app
}

/** Tells the client under which number its request can be found. */
function nameTrace(_request: Request, response: Response, next: NextFunction): void {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  if (traceId !== undefined) response.set(TRACE_ID_HEADER, traceId)
  next()
}

function refuseUnknownAddress({ method, path }: Request): never {
  throw new Problem(NOT_FOUND, 'unknown_address', `There is nothing at ${method} ${path}.`)
}
