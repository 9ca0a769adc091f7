import { useEffect, useState, type ReactNode } from 'react'
import { Icon } from './icons.js'

const confirmationMs = 1500

export interface CopyButtonProps {
  readonly text: string
  /** What is copied, for the label: `trace id`. */
  readonly what: string
}

/** Copies `text`, and shows for a moment that it did. */
export function CopyButton({ text, what }: CopyButtonProps): ReactNode {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>()
  useEffect(() => {
    if (outcome === undefined) return undefined
    const timer = setTimeout(() => setOutcome(undefined), confirmationMs)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = (): void => {
    // Only pages from https or loopback have a clipboard.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    written.then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    )
  }
  const label = outcome === undefined ? `Copy ${what}` : outcome === 'copied' ? 'Copied' : 'Copying is not allowed here'
  return (
    <button type="button" className="icon-button small" onClick={copy} title={label} aria-label={label}>
      <Icon name={outcome === undefined ? 'copy' : outcome === 'copied' ? 'check' : 'alert'} />
    </button>
  )
}
