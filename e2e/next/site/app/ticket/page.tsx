import type { ReactNode } from 'react'
import { fileTicket } from './actions'

interface Properties {
  searchParams: Promise<{ received?: string }>
}

export default async function TicketPage({ searchParams }: Properties): Promise<ReactNode> {
  const { received } = await searchParams
  return (
    <form action={fileTicket}>
      <p id="received">{received}</p>
      <input name="subject" defaultValue="Lamp" aria-label="Subject" />
      <input name="files" type="file" multiple aria-label="Files" />
      <button type="submit">Send</button>
    </form>
  )
}
