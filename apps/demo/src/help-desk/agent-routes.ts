import express, { Router } from 'express'
import { z } from 'zod'
import type { Agents } from './agents.js'
import { findTicket } from './find-ticket.js'
import type { TicketStore } from './ticket-store.js'
import { validate } from './validate.js'

const CREATED = 201
const MAX_ANSWER_CHARACTERS = 5000

const signInForm = z.object({ email: z.string('Give your e-mail.'), password: z.string('Give your password.') })
const answerForm = z.object({
  text: z.string('Write an answer.').trim().min(1, 'Write an answer.').max(MAX_ANSWER_CHARACTERS),
})

/**
 * Signing in as an agent, and answering tickets. The password that goes in and the token that comes out are secrets:
 * neither must be seen in a trace.
 */
export function agentRoutes(tickets: TicketStore, agents: Agents): Router {
  const router = Router()

  router.post('/sessions', express.json(), (request, response) => {
    const { email, password } = validate(signInForm, request.body ?? {})
    response.status(CREATED).json(agents.signIn(email, password))
  })

  router.post('/tickets/:number/answers', express.json(), (request, response) => {
    const agent = agents.require(request.get('authorization'))
    const record = findTicket(tickets, request.params.number)
    const answer = { agent, at: new Date().toISOString(), ...validate(answerForm, request.body ?? {}) }
    record.answers.push(answer)
    response.status(CREATED).json(answer)
  })

  return router
}
