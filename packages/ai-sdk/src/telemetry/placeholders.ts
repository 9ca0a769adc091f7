import type { PartWriter } from '../parts/part-writer.js'

/** Writes what stands behind a placeholder. */
export type HeldContent = (writer: PartWriter) => unknown

/**
 * What a placeholder begins with: different in every process, so that neither a person nor a model can say one. Made at the
 * first use: edge runtimes have no random numbers before their first request.
 */
let prefix: string | undefined

const held = new Map<string, HeldContent>()
let lastNumber = 0

/**
 * The placeholders of one telemetry event. An integration that writes spans gets short words in place of media, so that
 * it never encodes megabytes as base64; the tracer that it writes to puts parts in their place, on the spans that are
 * recorded.
 */
export interface Placeholders {
  /** @returns a word that stands for the content until it is released */
  readonly hold: (content: HeldContent) => string
  /** Forgets all of them: what could be written about the event has been written. */
  readonly release: () => void
}

export function createPlaceholders(): Placeholders {
  const issued: string[] = []
  return {
    hold(content) {
      lastNumber += 1
      prefix ??= `span-artifacts:placeholder:${crypto.randomUUID()}:`
      const placeholder = `${prefix}${lastNumber}`
      issued.push(placeholder)
      held.set(placeholder, content)
      return placeholder
    },
    release() {
      for (const placeholder of issued) held.delete(placeholder)
    },
  }
}

/** What a placeholder stands for; undefined for every other value. */
export function findHeld(value: unknown): HeldContent | undefined {
  return typeof value === 'string' ? held.get(value) : undefined
}

/** Whether there is a placeholder in a text. */
export function mentionsPlaceholder(text: string): boolean {
  return held.size > 0 && prefix !== undefined && text.includes(prefix)
}
