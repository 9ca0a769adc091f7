import { generateText, isStepCount, streamText, transcribe } from 'ai'
import type { Ticket } from '../ticket.js'
import type { AssistantModels } from './models.js'
import { showProductPicture } from './show-product-picture.js'
import { readTicketFiles, type TicketFiles } from './ticket-files.js'

/** What an agent gets to start from. */
export interface ReplySuggestion {
  /** Who wrote it, and whether that is only the local stand-in. */
  readonly model: { readonly name: string; readonly isLocal: boolean }
  /** What is on photo and warranty; null if the ticket has neither. */
  readonly caption: string | null
  /** What is said in the voice note; null if the ticket has none. */
  readonly transcript: string | null
  readonly reply: string
}

const CAPTION_INSTRUCTIONS =
  'You work at the help desk of a maker of lamps. Say in three sentences what the files of a customer show.'
const REPLY_INSTRUCTIONS =
  'You work at the help desk of a maker of lamps. Compare the photo with the picture of the whole product, then write a ' +
  'short, friendly reply to the customer. Promise nothing that the warranty does not.'
/** Once to look at the product, once to write. */
const REPLY_STEPS = 2

/**
 * Looks at the files of a ticket, listens to the voice note, and writes a reply for an agent to send or to change.
 *
 * @param signal ends the calls of models early
 * @throws what a model throws
 */
export async function suggestReply(
  ticket: Ticket,
  models: AssistantModels,
  signal: AbortSignal,
): Promise<ReplySuggestion> {
  const files = await readTicketFiles(ticket)
  const [caption, transcript] = await Promise.all([
    describeDocuments(files, models, signal),
    transcribeRecording(files, models, signal),
  ])
  const reply = await writeReply({ ticket, files, caption, transcript }, models, signal)
  return { model: { name: models.name, isLocal: models.isLocal }, caption, transcript, reply }
}

async function describeDocuments(
  { documents }: TicketFiles,
  { language }: AssistantModels,
  abortSignal: AbortSignal,
): Promise<string | null> {
  if (documents.length === 0) return null
  const { text } = await generateText({
    model: language,
    instructions: CAPTION_INSTRUCTIONS,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What do these files show?' }, ...documents] }],
    abortSignal,
    telemetry: { functionId: 'describe files' },
  })
  return text
}

async function transcribeRecording(
  { recording }: TicketFiles,
  { transcription }: AssistantModels,
  abortSignal: AbortSignal,
): Promise<string | null> {
  if (recording === undefined) return null
  const { text } = await transcribe({
    model: transcription,
    audio: recording,
    abortSignal,
    telemetry: { functionId: 'transcribe voice note' },
  })
  return text
}

interface ReplyMaterial {
  readonly ticket: Ticket
  readonly files: TicketFiles
  readonly caption: string | null
  readonly transcript: string | null
}

async function writeReply(
  { ticket, files, caption, transcript }: ReplyMaterial,
  { language }: AssistantModels,
  abortSignal: AbortSignal,
): Promise<string> {
  const text = [
    `${ticket.name} writes about the ${ticket.product}: ${ticket.subject}`,
    ticket.description,
    `The files show: ${caption ?? 'there are none.'}`,
    `The voice note says: ${transcript ?? 'there is none.'}`,
  ].join('\n\n')
  let failure: { readonly error: unknown } | undefined
  const { textStream } = streamText({
    model: language,
    instructions: REPLY_INSTRUCTIONS,
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text }, ...files.documents.filter(({ mediaType }) => mediaType.startsWith('image/'))],
      },
    ],
    tools: { showProductPicture },
    prepareStep: ({ stepNumber }) =>
      stepNumber === 0 ? { toolChoice: { type: 'tool', toolName: 'showProductPicture' } } : { toolChoice: 'none' },
    stopWhen: isStepCount(REPLY_STEPS),
    abortSignal,
    onError: ({ error }) => {
      // The stream of the text only ends.
      failure ??= { error }
    },
    telemetry: { functionId: 'write reply' },
  })
  let reply = ''
  for await (const piece of textStream) reply += piece
  abortSignal.throwIfAborted()
  if (failure) throw failure.error
  return reply
}
