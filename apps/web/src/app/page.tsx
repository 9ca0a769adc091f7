import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { RecentTickets } from '../components/recent-tickets'
import { TicketDesk } from '../components/ticket-desk'
import { recentTickets } from '../lib/recent-tickets'

export default async function HelpDeskPage(): Promise<ReactNode> {
  // The list is of this moment, and so is the nonce of the content security policy.
  await connection()
  return (
    <>
      <div className="intro">
        <h1>What broke?</h1>
        <p>Tell us, show us, or say it. You get a ticket number at once.</p>
      </div>
      <div className="columns">
        <TicketDesk />
        <RecentTickets tickets={await recentTickets()} />
      </div>
    </>
  )
}
