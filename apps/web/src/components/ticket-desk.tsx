'use client'

import { useRouter } from 'next/navigation'
import { useState, type ReactNode } from 'react'
import type { TicketAnswer } from '../app/api/tickets/route'
import { fileTicket, type Upload } from '../lib/file-ticket'
import { TicketConfirmation } from './ticket-confirmation'
import { TicketForm } from './ticket-form'

/** The form, and in its place the answer once there is one. */
export function TicketDesk(): ReactNode {
  const router = useRouter()
  const [upload, setUpload] = useState<Upload>()
  const [answer, setAnswer] = useState<TicketAnswer>()

  async function send(form: FormData): Promise<void> {
    setAnswer(undefined)
    setAnswer(await fileTicket(form, setUpload))
    setUpload(undefined)
    router.refresh()
  }

  // The form stays where it is, with all that was written, until a ticket is there.
  if (answer !== undefined && 'ticket' in answer) {
    return <TicketConfirmation {...answer} onAnother={() => setAnswer(undefined)} />
  }
  return <TicketForm upload={upload} refused={answer} onSend={(form) => void send(form)} />
}
