import { useEffect, useRef, type ReactNode, type SubmitEvent } from 'react'
import type { TicketAnswer } from '../app/api/tickets/route'
import type { Upload } from '../lib/file-ticket'
import { FilePicker } from './file-picker'
import { TextField } from './text-field'
import { UploadProgress } from './upload-progress'

interface Properties {
  /** While something is under way. */
  readonly upload: Upload | undefined
  /** The answer to the last try, if there was one: it was refused. */
  readonly refused: TicketAnswer | undefined
  readonly onSend: (form: FormData) => void
}

/** The form with which a customer files a ticket. */
export function TicketForm({ upload, refused, onSend }: Properties): ReactNode {
  const alert = useRef<HTMLDivElement>(null)
  const error = refused !== undefined && 'error' in refused ? refused.error : undefined
  useEffect(() => {
    if (error !== undefined) alert.current?.focus()
  }, [error])

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    if (upload === undefined) onSend(new FormData(event.currentTarget))
  }

  return (
    <form className="card ticket-form" onSubmit={submit} aria-busy={upload !== undefined}>
      {error !== undefined && (
        <div className="refusal" role="alert" tabIndex={-1} ref={alert}>
          <strong>This could not be filed.</strong> {error.message}
          {refused?.traceUrl !== undefined && (
            <>
              {' '}
              <a href={refused.traceUrl}>See the request in its trace</a>
            </>
          )}
        </div>
      )}
      <div className="pair">
        <TextField name="name" label="Your name" autoComplete="name" error={error?.fields?.['name']} />
        <TextField name="email" label="E-mail" type="email" autoComplete="email" error={error?.fields?.['email']} />
      </div>
      <TextField name="subject" label="Subject" error={error?.fields?.['subject']} />
      <TextField name="description" label="What happened" rows={5} error={error?.fields?.['description']} />
      <input type="hidden" name="product" value="LW-40 desk lamp" />
      <fieldset>
        <legend>
          Show us <span className="quiet">any of these, up to 20 MB each</span>
        </legend>
        <div className="pickers">
          <FilePicker name="photo" label="Photo" hint="JPEG, PNG, WebP" accept="image/jpeg,image/png,image/webp" />
          <FilePicker name="voice" label="Voice note" hint="WAV, MP3, M4A" accept="audio/*" />
          <FilePicker name="warranty" label="Warranty" hint="PDF" accept="application/pdf" />
        </div>
      </fieldset>
      <div className="send">
        <button type="submit" disabled={upload !== undefined}>
          {upload === undefined ? 'File the ticket' : 'Sending…'}
        </button>
        {upload !== undefined && <UploadProgress {...upload} />}
      </div>
    </form>
  )
}
