import { useId, type ReactNode } from 'react'

const MAX_LINE_CHARACTERS = 150
const MAX_TEXT_CHARACTERS = 5000

interface Properties {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email'
  readonly autoComplete?: string
  /** Makes it a field of several lines. */
  readonly rows?: number
  /** What is wrong with what was sent. */
  readonly error: string | undefined
}

/** A labelled field that must be filled in. */
export function TextField({ name, label, type = 'text', autoComplete, rows, error }: Properties): ReactNode {
  const id = useId()
  const shared = {
    id,
    name,
    required: true,
    autoComplete,
    'aria-invalid': error !== undefined,
    'aria-describedby': error === undefined ? undefined : `${id}-error`,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows === undefined ? (
        <input type={type} maxLength={MAX_LINE_CHARACTERS} {...shared} />
      ) : (
        <textarea rows={rows} maxLength={MAX_TEXT_CHARACTERS} {...shared} />
      )}
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
