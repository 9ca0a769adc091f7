import type { TicketRecord } from './ticket-store.js'

/** What the help desk tells about a ticket, as JSON. */
export interface TicketAnswer {
  readonly number: string
  readonly status: 'open'
  readonly createdAt: string
  readonly product: string
  readonly subject: string
  readonly attachments: readonly {
    field: string
    filename: string
    contentType: string
    sizeBytes: number
    url: string
  }[]
  readonly links: Readonly<Record<string, string>>
}

/** Answers with paths, so that they hold under any name that the help desk is reached by. */
export function answerOf({ ticket, analysis }: TicketRecord): TicketAnswer {
  const path = `/tickets/${ticket.number}`
  return {
    number: ticket.number,
    status: 'open',
    createdAt: ticket.createdAt.toISOString(),
    product: ticket.product,
    subject: ticket.subject,
    attachments: ticket.attachments.map(({ field, filename, contentType, sizeBytes }) => ({
      field,
      filename,
      contentType,
      sizeBytes,
      url: `${path}/attachments/${field}`,
    })),
    links: {
      self: path,
      receipt: `${path}/receipt.pdf`,
      history: `${path}/history.txt`,
      ...(analysis && { summary: `${path}/diagnostics/summary.json`, chart: `${path}/diagnostics/chart.svg` }),
    },
  }
}
