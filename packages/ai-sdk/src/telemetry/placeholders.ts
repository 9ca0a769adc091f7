import { shield } from '../diagnostics.js'
import type { PartWriter } from '../parts/part-writer.js'
import { isRecord } from '../record.js'
import type { AttributeRewriter } from '../spans/artifact-tracer.js'

/** What a placeholder begins with: nothing that a person or a model would say. */
const PLACEHOLDER_PREFIX = 'span-artifacts:placeholder:'

/** A placeholder as it stands in JSON, perhaps as JSON within JSON. */
const placeholderPattern = /^"?(span-artifacts:placeholder:\d+)"?$/

/** Members of a part that hold its content. A part whose content is a placeholder is replaced as a whole. */
const CONTENT_MEMBERS = ['content', 'uri', 'text', 'data', 'image'] as const

/** What stands behind a placeholder. */
interface Held {
  /** Whether it is a whole part, and not the arguments or the answer of a tool. */
  readonly isPart: boolean
  readonly write: (writer: PartWriter) => unknown
}

const held = new Map<string, Held>()
let lastNumber = 0

/**
 * The placeholders of one call. An integration that writes spans gets short words in place of media, so that it never
 * encodes megabytes as base64; the tracer that it writes to puts parts in their place, on the spans that are recorded.
 */
export interface Placeholders {
  /** @param identity the part, or the text, that is held: the same one gets the same placeholder */
  readonly part: (identity: unknown, write: (writer: PartWriter) => unknown) => string
  /** As `part`, for data that are no part of their own. */
  readonly value: (identity: unknown, write: (writer: PartWriter) => unknown) => string
  /** Forgets all of them: the call is over. */
  readonly release: () => void
}

export function createPlaceholders(): Placeholders {
  const issued = new Map<unknown, string>()
  const hold = (identity: unknown, entry: Held): string => {
    const known = issued.get(identity)
    if (known !== undefined) return known
    lastNumber += 1
    const placeholder = `${PLACEHOLDER_PREFIX}${lastNumber}`
    issued.set(identity, placeholder)
    held.set(placeholder, entry)
    return placeholder
  }
  return {
    part: (identity, write) => hold(identity, { isPart: true, write }),
    value: (identity, write) => hold(identity, { isPart: false, write }),
    release() {
      for (const placeholder of issued.values()) held.delete(placeholder)
      issued.clear()
    },
  }
}

/** Puts parts in the place of placeholders. */
export const placeholderRewriter: AttributeRewriter = {
  concerns: (_key, value) => (Array.isArray(value) ? value.some(mentionsPlaceholder) : mentionsPlaceholder(value)),
  rewrite(_key, value, writer) {
    if (!Array.isArray(value)) return fill(String(value), writer)
    const items = value.map((item) => fill(String(item), writer))
    return () => items.map((item) => item())
  },
}

function mentionsPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes(PLACEHOLDER_PREFIX)
}

function fill(text: string, writer: PartWriter): () => string {
  const entry = findHeld(text)
  if (entry !== undefined) {
    const data = entry.write(writer)
    return () => (typeof data === 'string' ? data : (JSON.stringify(data) ?? ''))
  }
  const data = shield('reading what an integration wrote', () => visit(JSON.parse(text), writer))
  return () => JSON.stringify(data) ?? ''
}

function visit(value: unknown, writer: PartWriter): unknown {
  if (typeof value === 'string') {
    const entry = findHeld(value)
    return entry === undefined ? value : entry.write(writer)
  }
  if (Array.isArray(value)) return value.map((item) => visit(item, writer))
  if (!isRecord(value)) return value
  for (const member of CONTENT_MEMBERS) {
    const entry = findHeld(value[member])
    if (entry?.isPart === true) return entry.write(writer)
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member, writer)]))
}

function findHeld(value: unknown): Held | undefined {
  const [, placeholder] = (typeof value === 'string' ? placeholderPattern.exec(value) : null) ?? []
  return placeholder === undefined ? undefined : held.get(placeholder)
}
