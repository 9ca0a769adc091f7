import { rm } from 'node:fs/promises'
import type { Analysis } from './diagnostics.js'
import type { Attachment, Ticket, TicketForm } from './ticket.js'

const FIRST_TICKET_NUMBER = 1001
/** The help desk forgets the oldest ticket beyond this many, and deletes its files. */
const MAX_TICKETS = 1000

/** What an agent wrote to the customer. */
interface Answer {
  readonly agent: string
  /** RFC 3339, UTC. */
  readonly at: string
  readonly text: string
}

/** A ticket and what became known about it later. */
export interface TicketRecord {
  readonly ticket: Ticket
  analysis: Analysis | undefined
  readonly answers: Answer[]
}

export interface TicketStore {
  create(form: TicketForm, attachments: readonly Attachment[]): Promise<Ticket>
  /** `undefined` if there is no ticket with this number. */
  find(number: string): TicketRecord | undefined
  /** The newest tickets, the newest first. */
  latest(count: number): readonly TicketRecord[]
}

/** Keeps tickets in memory: a demonstration needs no database of its own. */
export function createTicketStore(): TicketStore {
  const records = new Map<string, TicketRecord>()
  let nextNumber = FIRST_TICKET_NUMBER

  return {
    async create(form, attachments) {
      const ticket: Ticket = { ...form, number: `T-${nextNumber}`, createdAt: new Date(), attachments }
      nextNumber += 1
      records.set(ticket.number, { ticket, analysis: undefined, answers: [] })
      const [oldest] = records.values()
      if (records.size > MAX_TICKETS && oldest) {
        records.delete(oldest.ticket.number)
        await deleteFiles(oldest.ticket.attachments)
      }
      return ticket
    },
    find: (number) => records.get(number),
    latest: (count) => [...records.values()].slice(-count).toReversed(),
  }
}

/** Deletes the files of a ticket that is not kept. */
export async function deleteFiles(files: readonly { readonly path: string }[]): Promise<void> {
  await Promise.all(files.map(({ path }) => rm(path, { force: true })))
}
