import type { ReactNode } from 'react'
import type { Ticket } from '../lib/help-desk'

const CLOCK = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** The tickets that were filed last. */
export function RecentTickets({ tickets }: { tickets: readonly Ticket[] | undefined }): ReactNode {
  return (
    <aside className="card recent" aria-labelledby="recent-title">
      <h2 id="recent-title">Recent tickets</h2>
      {tickets === undefined && <p className="quiet">The help desk does not answer just now.</p>}
      {tickets?.length === 0 && <p className="quiet">None yet. Yours will be the first.</p>}
      {tickets !== undefined && tickets.length > 0 && (
        <ol>
          {tickets.map(({ number, subject, createdAt, attachments }) => (
            <li key={number}>
              <span className="number">{number}</span>
              <span className="subject">{subject}</span>
              <span className="quiet">
                <time dateTime={createdAt}>{CLOCK.format(new Date(createdAt))} UTC</time>
                {attachments.length > 0 && ` · ${attachments.length} ${attachments.length === 1 ? 'file' : 'files'}`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </aside>
  )
}
