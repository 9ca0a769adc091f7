import { useMemo, useState, type ReactNode } from 'react'
import { Icon } from '../ui/icons.js'
import { ExactNumber } from './parse-json.js'
import { initiallyOpen } from './initially-open.js'

const firstChildren = 100
const moreChildren = 500
const shownCharacters = 600

export interface JsonTreeProps {
  readonly value: unknown
  readonly label: string
  /** How many lines may be unfolded from the start. */
  readonly openLines?: number
}

const defaultOpenLines = 60

/**
 * A JSON value that unfolds. Only what is open exists in the page, and at most a hundred members of one object or array
 * until more are asked for: megabytes of JSON cost no more than what one looks at.
 */
export function JsonTree({ value, label, openLines = defaultOpenLines }: JsonTreeProps): ReactNode {
  const open = useMemo(() => initiallyOpen(value, openLines), [value, openLines])
  return (
    <div className="json" role="group" aria-label={label}>
      <JsonNode value={value} name={undefined} open={open} />
    </div>
  )
}

interface JsonNodeProps {
  readonly value: unknown
  readonly name: string | number | undefined
  readonly open: ReadonlySet<unknown>
}

function JsonNode({ value, name, open }: JsonNodeProps): ReactNode {
  if (typeof value === 'object' && value !== null && !(value instanceof ExactNumber)) {
    return <JsonContainer value={value} name={name} open={open} />
  }
  return (
    <div className="json-line">
      <JsonName name={name} />
      <JsonScalar value={value} />
    </div>
  )
}

function JsonContainer({ value, name, open }: JsonNodeProps & { readonly value: object }): ReactNode {
  const [isOpen, setIsOpen] = useState(() => open.has(value))
  const isArray = Array.isArray(value)
  const keys = useMemo(() => (Array.isArray(value) ? undefined : Object.keys(value)), [value])
  const size = Array.isArray(value) ? value.length : (keys?.length ?? 0)
  if (size === 0) {
    return (
      <div className="json-line">
        <JsonName name={name} />
        <span className="json-empty">{isArray ? '[]' : '{}'}</span>
      </div>
    )
  }
  return (
    <div>
      <button type="button" className="json-line json-toggle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <Icon name="chevron" className="json-chevron" />
        <JsonName name={name} />
        <span className="json-size">
          {isArray ? `[${size}]` : `{${size}}`}
          {!isOpen && <span className="json-glimpse">{glimpse(value, keys)}</span>}
        </span>
      </button>
      {isOpen && <JsonChildren value={value} keys={keys} size={size} open={open} />}
    </div>
  )
}

interface JsonChildrenProps {
  readonly value: object
  readonly keys: readonly string[] | undefined
  readonly size: number
  readonly open: ReadonlySet<unknown>
}

function JsonChildren({ value, keys, size, open }: JsonChildrenProps): ReactNode {
  const [limit, setLimit] = useState(firstChildren)
  const shown = Array.from({ length: Math.min(size, limit) }, (_, index) => keys?.[index] ?? index)
  return (
    <div className="json-children">
      {shown.map((key) => (
        <JsonNode key={key} name={key} value={Reflect.get(value, key)} open={open} />
      ))}
      {size > limit && (
        <button type="button" className="json-more" onClick={() => setLimit(limit + moreChildren)}>
          Show {Math.min(moreChildren, size - limit)} more of {size}
        </button>
      )}
    </div>
  )
}

function JsonName({ name }: { readonly name: string | number | undefined }): ReactNode {
  if (name === undefined) return null
  return <span className={typeof name === 'number' ? 'json-index' : 'json-key'}>{name}</span>
}

/** One value that does not unfold. A long text is cut until it is asked for. */
export function JsonScalar({ value }: { readonly value: unknown }): ReactNode {
  const [whole, setWhole] = useState(false)
  if (typeof value === 'string') {
    const cut = !whole && value.length > shownCharacters
    return (
      <span className="json-string">
        {cut ? value.slice(0, shownCharacters) : value}
        {cut && (
          <button type="button" className="json-more" onClick={() => setWhole(true)}>
            … all {value.length} characters
          </button>
        )}
      </span>
    )
  }
  if (value instanceof ExactNumber) return <span className="json-number">{value.digits}</span>
  if (typeof value === 'number') return <span className="json-number">{String(value)}</span>
  if (typeof value === 'boolean') return <span className="json-boolean">{String(value)}</span>
  return <span className="json-null">null</span>
}

const glimpseMembers = 5
const glimpseCharacters = 60

/** A few words on what is inside. */
function glimpse(value: object, keys: readonly string[] | undefined): string {
  if (keys !== undefined) return keys.slice(0, glimpseMembers).join(', ').slice(0, glimpseCharacters)
  if (!Array.isArray(value)) return ''
  const scalars = value.slice(0, glimpseMembers).filter((item) => typeof item !== 'object' || item === null)
  return scalars.map(String).join(', ').slice(0, glimpseCharacters)
}
