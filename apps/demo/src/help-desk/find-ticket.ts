import { Problem } from './problem.js'
import type { TicketRecord, TicketStore } from './ticket-store.js'

const NOT_FOUND = 404

/** @throws Problem 404 `unknown_ticket` */
export function findTicket(tickets: TicketStore, number: string): TicketRecord {
  const record = tickets.find(number)
  if (!record) throw new Problem(NOT_FOUND, 'unknown_ticket', `There is no ticket ${number}.`)
  return record
}
