import { readFile } from 'node:fs/promises'
import type { FilePart } from 'ai'
import type { Attachment, Ticket } from '../ticket.js'

/** What came with a ticket, as models take it. */
export interface TicketFiles {
  /** Photo and warranty, for the eye. */
  readonly documents: readonly FilePart[]
  /** The voice note. */
  readonly recording: Uint8Array | undefined
}

const RECORDING_FIELD = 'voice'

/** Reads all files of a ticket. */
export async function readTicketFiles({ attachments }: Ticket): Promise<TicketFiles> {
  const voice = attachments.find(({ field }) => field === RECORDING_FIELD)
  const others = attachments.filter(({ field }) => field !== RECORDING_FIELD)
  const [recording, documents] = await Promise.all([
    voice && readFile(voice.path),
    Promise.all(others.map((attachment) => readDocument(attachment))),
  ])
  return { documents, recording }
}

async function readDocument({ path, contentType, filename }: Attachment): Promise<FilePart> {
  return { type: 'file', data: await readFile(path), mediaType: contentType, filename }
}
