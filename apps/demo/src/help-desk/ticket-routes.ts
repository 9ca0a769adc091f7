import { pipeline } from 'node:stream/promises'
import { trace } from '@opentelemetry/api'
import { Router, type Request, type Response } from 'express'
import { findTicket } from './find-ticket.js'
import { historyOf } from './history.js'
import { confirmationPage } from './pages.js'
import { Problem } from './problem.js'
import { createReceipt } from './receipt.js'
import { answerOf } from './ticket-answer.js'
import { deleteFiles, type TicketRecord, type TicketStore } from './ticket-store.js'
import { ticketForm, type Attachment } from './ticket.js'
import { acceptUploads } from './uploads.js'
import { validate } from './validate.js'

const CREATED = 201
const NOT_FOUND = 404
/** How many tickets the list has. */
const LISTED_TICKETS = 8

export interface TicketRoutesOptions {
  readonly tickets: TicketStore
  /** Where uploaded files are kept. */
  readonly uploadDirectory: string
  /** Where traces can be seen, for example `http://127.0.0.1:4319`; no link is shown without. */
  readonly viewerUrl: string | undefined
}

/** Filing a ticket and looking at it. */
export function ticketRoutes({ tickets, uploadDirectory, viewerUrl }: TicketRoutesOptions): Router {
  const router = Router()

  router.post('/tickets', acceptUploads(uploadDirectory), async (request, response) => {
    const attachments = attachmentsOf(request)
    let record: TicketRecord
    try {
      const ticket = await tickets.create(validate(ticketForm, request.body ?? {}), attachments)
      record = findTicket(tickets, ticket.number)
    } catch (error) {
      await deleteFiles(attachments)
      throw error
    }
    const answer = answerOf(record)
    response.status(CREATED).location(`/tickets/${answer.number}`)
    // A browser that sent the form wants a page; a program gets JSON.
    if (request.accepts(['json', 'html']) === 'html') response.send(confirmationPage(answer, traceUrl(viewerUrl)))
    else response.json(answer)
  })

  router.get('/tickets', (_request, response) => {
    response.json({ tickets: tickets.latest(LISTED_TICKETS).map(answerOf) })
  })

  router.get('/tickets/:number', (request, response) => {
    response.json(answerOf(findTicket(tickets, request.params.number)))
  })

  router.get('/tickets/:number/receipt.pdf', async (request, response) => {
    const { ticket } = findTicket(tickets, request.params.number)
    response.type('application/pdf').attachment(`receipt-${ticket.number}.pdf`)
    await stream(createReceipt(ticket), response)
  })

  router.get('/tickets/:number/history.txt', async (request, response) => {
    const record = findTicket(tickets, request.params.number)
    response.type('text/plain')
    await stream(historyOf(record), response)
  })

  router.get('/tickets/:number/attachments/:field', (request, response, next) => {
    const { number, field } = request.params
    const attachment = findTicket(tickets, number).ticket.attachments.find((each) => each.field === field)
    if (!attachment) throw new Problem(NOT_FOUND, 'unknown_attachment', `Ticket ${number} has no ${field}.`)
    // Strangers sent this file: the type was checked by name only, so no browser may guess another.
    response.set('X-Content-Type-Options', 'nosniff').type(attachment.contentType).attachment(attachment.filename)
    response.sendFile(attachment.path, (error) => (error ? next(error) : undefined))
  })

  return router
}

function attachmentsOf({ files }: Request): Attachment[] {
  const uploaded = Array.isArray(files) || files === undefined ? [] : Object.values(files).flat()
  return uploaded.map(({ fieldname, originalname, mimetype, size, path }) => ({
    field: fieldname,
    filename: originalname,
    contentType: mimetype,
    sizeBytes: size,
    path,
  }))
}

function traceUrl(viewerUrl: string | undefined): string | undefined {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  return viewerUrl === undefined || traceId === undefined ? undefined : `${viewerUrl}/traces/${traceId}`
}

/** Streams a body. A client that goes away in between is nobody's mistake. */
async function stream(body: NodeJS.ReadableStream | AsyncIterable<string>, response: Response): Promise<void> {
  try {
    await pipeline(body, response)
  } catch (error) {
    if (!response.destroyed) throw error
  }
}
