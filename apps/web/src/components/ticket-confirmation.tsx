import { useEffect, useRef, type ReactNode } from 'react'
import { formatSize } from '../lib/format'
import type { Ticket } from '../lib/help-desk'

interface Properties {
  readonly ticket: Ticket
  /** Where the viewer shows the request that filed it. */
  readonly traceUrl: string | undefined
  readonly onAnother: () => void
}

/** The answer to a ticket. */
export function TicketConfirmation({ ticket, traceUrl, onAnother }: Properties): ReactNode {
  const title = useRef<HTMLHeadingElement>(null)
  // Who cannot see the page change hears it.
  useEffect(() => title.current?.focus(), [])
  const { number, subject, attachments } = ticket
  const path = `/api/tickets/${number}`
  return (
    <section className="card confirmation" aria-labelledby="confirmation-title">
      <p className="stamp">Ticket filed</p>
      <h2 id="confirmation-title" tabIndex={-1} ref={title}>
        {number}: {subject}
      </h2>
      <p>Thank you. One of us looks at it, and answers within two working days.</p>
      {attachments.length > 0 && (
        <ul className="attachments">
          {attachments.map(({ field, filename, contentType, sizeBytes }) => (
            <li key={field}>
              {contentType.startsWith('image/') && <img src={`${path}/attachments/${field}`} alt="" />}
              <a href={`${path}/attachments/${field}`}>{filename}</a>
              <span className="quiet">{formatSize(sizeBytes)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="next-steps">
        {traceUrl !== undefined && (
          <a className="button" href={traceUrl}>
            See it in its trace
          </a>
        )}
        <a className="button plain" href={`${path}/receipt.pdf`}>
          Receipt (PDF)
        </a>
        <button className="plain" type="button" onClick={onAnother}>
          File another ticket
        </button>
      </div>
    </section>
  )
}
