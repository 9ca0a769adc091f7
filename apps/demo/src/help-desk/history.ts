import { setTimeout as delay } from 'node:timers/promises'
import type { TicketRecord } from './ticket-store.js'

/** The lines come from different places in a real help desk, and so one after the other. */
const DELAY_BETWEEN_LINES_MS = 20

/** The history of a ticket, line by line, as the help desk finds it. */
export async function* historyOf({ ticket, analysis, answers }: TicketRecord): AsyncGenerator<string> {
  yield `Ticket ${ticket.number}: ${ticket.subject}\n`
  yield `${ticket.createdAt.toISOString()}  filed by ${ticket.name}\n`
  for (const { filename, contentType, sizeBytes } of ticket.attachments) {
    await delay(DELAY_BETWEEN_LINES_MS)
    yield `${ticket.createdAt.toISOString()}  received ${filename} (${contentType}, ${sizeBytes} bytes)\n`
  }
  if (analysis) {
    await delay(DELAY_BETWEEN_LINES_MS)
    yield `${analysis.summary.to}  last of ${analysis.summary.readings} readings of ${analysis.summary.serial}\n`
    for (const [kind, count] of Object.entries(analysis.summary.events)) {
      await delay(DELAY_BETWEEN_LINES_MS)
      yield `  ${String(count).padStart(3)} × ${kind.replaceAll('_', ' ')}\n`
    }
    yield `${analysis.summary.verdict}\n`
  }
  for (const { agent, at, text } of answers) {
    await delay(DELAY_BETWEEN_LINES_MS)
    yield `${at}  ${agent} answered: ${text}\n`
  }
  if (answers.length === 0) yield 'Waiting for an answer.\n'
}
