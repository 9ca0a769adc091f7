import { useMemo, useState, type ReactNode } from 'react'
import type { Attributes } from '../api/contract.js'
import { JsonScalar, JsonTree } from '../json/json-tree.js'
import { parseJsonContainer } from '../json/parse-json.js'
import { Breakable } from '../ui/breakable.js'
import { CopyButton } from '../ui/copy-button.js'
import { externalAddress } from './external-address.js'

const openJsonLines = 8
/** `part.2` before `part.10`. */
const byName = new Intl.Collator('en', { numeric: true })

export interface AttributeTableProps {
  readonly attributes: Attributes
  readonly label: string
  /** Draws some values in a way of its own; `undefined` leaves a value to the table. */
  readonly special?: (key: string) => ReactNode
}

/** Attributes by name. Text that is JSON unfolds; everything is text, whatever it looks like. */
export function AttributeTable({ attributes, label, special }: AttributeTableProps): ReactNode {
  const entries = useMemo(
    () => Object.entries(attributes).toSorted(([left], [right]) => byName.compare(left, right)),
    [attributes],
  )
  if (entries.length === 0) return <p className="none">None</p>
  return (
    <dl className="attributes" aria-label={label}>
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt>
            <Breakable name={key} />
          </dt>
          <dd>{special?.(key) ?? <AttributeValue name={key} value={value} />}</dd>
        </div>
      ))}
    </dl>
  )
}

function AttributeValue({ name, value }: { readonly name: string; readonly value: unknown }): ReactNode {
  const parsed = useMemo(() => (typeof value === 'string' ? parseJsonContainer(value) : undefined), [value])
  const [raw, setRaw] = useState(false)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const container = parsed?.value ?? (typeof value === 'object' && value !== null ? value : undefined)
  if (container !== undefined) {
    return (
      <>
        {raw ? <JsonScalar value={text} /> : <JsonTree value={container} label={name} openLines={openJsonLines} />}
        <span className="value-actions">
          {parsed !== undefined && (
            <button type="button" className="text-button" onClick={() => setRaw(!raw)}>
              {raw ? 'as JSON' : 'as text'}
            </button>
          )}
          <CopyButton text={text} what={name} />
        </span>
      </>
    )
  }
  const address = typeof value === 'string' ? externalAddress(value) : undefined
  return (
    <>
      {address === undefined ? (
        <JsonScalar value={value} />
      ) : (
        <a className="json-string" href={address} target="_blank" rel="noopener noreferrer nofollow">
          {text}
        </a>
      )}
      <span className="value-actions">
        <CopyButton text={text} what={name} />
      </span>
    </>
  )
}
