import { Router } from 'express'
import type { Agents } from './agents.js'
import { explainModelFailure } from './assistant/explain-model-failure.js'
import type { AssistantModels } from './assistant/models.js'
import { suggestReply } from './assistant/suggest-reply.js'
import { findTicket } from './find-ticket.js'
import type { TicketStore } from './ticket-store.js'

/** How long the models may take altogether. */
const MODELS_TIMEOUT_MS = 50_000

export interface AssistantRoutesOptions {
  readonly tickets: TicketStore
  readonly agents: Agents
  readonly models: AssistantModels
}

/** A first draft for an agent who answers a ticket. Only for agents: real models cost money. */
export function assistantRoutes({ tickets, agents, models }: AssistantRoutesOptions): Router {
  const router = Router()

  router.post('/tickets/:number/reply-suggestion', async (request, response) => {
    agents.require(request.get('authorization'))
    const { ticket } = findTicket(tickets, request.params.number)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(MODELS_TIMEOUT_MS)])
    const suggestion = await suggestReply(ticket, models, signal).catch((error: unknown) => {
      throw explainModelFailure(error, models.name)
    })
    response.json(suggestion)
  })

  return router
}
