import { z } from 'zod'

const MAX_LINE_CHARACTERS = 150
const MAX_DESCRIPTION_CHARACTERS = 5000

const line = (what: string) =>
  z
    .string(`Give ${what}.`)
    .trim()
    .min(1, `Give ${what}.`)
    .max(MAX_LINE_CHARACTERS, `At most ${MAX_LINE_CHARACTERS} characters.`)

/** The optional field in which a customer pastes what the lamp's service socket says: a JSON object, as text. */
const deviceDetails = z
  .string()
  .optional()
  .transform((text, context): Record<string, unknown> => {
    if (text === undefined || text.trim() === '') return {}
    const details = parseJson(text)
    if (typeof details === 'object' && details !== null && !Array.isArray(details)) return { ...details }
    context.addIssue({ code: 'custom', message: 'Device details must be a JSON object, or empty.' })
    return z.NEVER
  })

/** The text fields of the form with which a customer files a ticket. */
export const ticketForm = z.object({
  name: line('your name'),
  email: z.email('Give an e-mail address that we can answer to.'),
  product: line('the product'),
  subject: line('a subject'),
  description: z
    .string('Describe what happened.')
    .trim()
    .min(1, 'Describe what happened.')
    .max(MAX_DESCRIPTION_CHARACTERS, `At most ${MAX_DESCRIPTION_CHARACTERS} characters.`),
  details: deviceDetails,
})

export type TicketForm = z.infer<typeof ticketForm>

/** A file that came with a ticket. */
export interface Attachment {
  readonly field: string
  readonly filename: string
  readonly contentType: string
  readonly sizeBytes: number
  /** Where the help desk keeps it. */
  readonly path: string
}

export interface Ticket extends TicketForm {
  /** For example `T-1001`. */
  readonly number: string
  readonly createdAt: Date
  readonly attachments: readonly Attachment[]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
