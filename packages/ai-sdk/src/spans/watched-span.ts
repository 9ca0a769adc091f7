import type { AttributeValue, Span } from '@opentelemetry/api'
import { shield } from '../diagnostics.js'
import { isRecord } from '../record.js'

/** Whether a call lets its prompt and its answer be recorded. Undefined where only the span's attributes can tell. */
export interface Consent {
  readonly inputs: boolean | undefined
  readonly outputs: boolean | undefined
}

const UNKNOWN_CONSENT: Consent = { inputs: undefined, outputs: undefined }

/** An attribute that can be written at any time, but without delay only when `pending` has settled. */
export interface LateAttribute {
  /** Makes the value; undefined leaves the attribute out. */
  readonly value: () => AttributeValue | undefined
  readonly pending: readonly Promise<unknown>[]
}

/**
 * A span whose end is awaited, so that what is still being hashed is written at the last moment and not lost. One for
 * each span, however often it is asked for.
 */
export class WatchedSpan {
  readonly span: Span
  /** What the call lets be recorded, as far as its own settings were seen. */
  consent: Consent = UNKNOWN_CONSENT
  /** Whether a model call is being captured onto this span: of wrappers around wrappers only the outermost captures. */
  isTaken = false
  readonly #seen = new Map<string, unknown>()
  readonly #late = new Map<string, LateAttribute>()
  readonly #setAttribute: Span['setAttribute']
  #lastTask: (() => void) | undefined

  constructor(span: Span) {
    this.span = span
    this.#setAttribute = span.setAttribute.bind(span)
    const end = span.end.bind(span)
    span.end = (endTime) => {
      this.#finish()
      end(endTime)
    }
  }

  /** The value of an attribute, or only that it has one, as far as the span lets one see. */
  attribute(key: string): unknown {
    return readAttributes(this.span)?.[key] ?? this.#seen.get(key)
  }

  /** Notes that an attribute was set, for spans that do not show theirs. */
  note(key: string, value: unknown = true): void {
    this.#seen.set(key, value)
  }

  /** Sets an attribute: now if it is ready, else when it is, at the latest when the span ends. */
  write(key: string, attribute: LateAttribute): void {
    this.note(key)
    this.#late.delete(key)
    if (attribute.pending.length === 0) {
      this.#set(key, attribute)
      return
    }
    this.#late.set(key, attribute)
    void this.#setAfter(key, attribute)
  }

  /** Runs a task just before the span ends, in place of the one that was given before. */
  beforeEnd(task: () => void): void {
    this.#lastTask = task
  }

  /**
   * Ends the span as of now, but without hashing anything on the caller's time: where something is still being hashed,
   * the span ends when that is done.
   */
  endWhenReady(): void {
    const pending = [...this.#late.values()].flatMap((attribute) => attribute.pending)
    if (pending.length === 0) {
      this.span.end()
      return
    }
    const endTimeMs = Date.now()
    void this.#endAfter(pending, endTimeMs)
  }

  /** Ends the span as of now if nobody else has ended it after a while. @param delayMs in milliseconds */
  endIfAbandoned(delayMs: number): void {
    const endTimeMs = Date.now()
    const timer = setTimeout(() => {
      if (this.span.isRecording()) this.#endLater(endTimeMs)
    }, delayMs)
    timer.unref?.()
  }

  async #setAfter(key: string, attribute: LateAttribute): Promise<void> {
    await Promise.allSettled(attribute.pending)
    // It may have been replaced, or written by the end of the span.
    if (this.#late.get(key) !== attribute) return
    this.#late.delete(key)
    this.#set(key, attribute)
  }

  async #endAfter(pending: readonly Promise<unknown>[], endTimeMs: number): Promise<void> {
    await Promise.allSettled(pending)
    this.#endLater(endTimeMs)
  }

  /** Outside of every call: what a span processor of the application throws here would end the process. */
  #endLater(endTimeMs: number): void {
    shield('ending a span', () => this.span.end(endTimeMs))
  }

  #finish(): void {
    const task = this.#lastTask
    this.#lastTask = undefined
    if (task !== undefined) shield('writing an answer', task)
    for (const [key, attribute] of this.#late) this.#set(key, attribute)
    this.#late.clear()
  }

  #set(key: string, { value }: LateAttribute): void {
    shield('writing an attribute', () => {
      const written = value()
      if (written !== undefined) this.#setAttribute(key, written)
    })
  }
}

const watched = new WeakMap<Span, WatchedSpan>()

/** The watcher of a span that is already watched. */
export function findWatchedSpan(span: Span): WatchedSpan | undefined {
  return watched.get(span)
}

/** The one watcher of a span; it must be recording. */
export function watchSpan(span: Span): WatchedSpan {
  const known = watched.get(span)
  if (known !== undefined) return known
  const watcher = new WatchedSpan(span)
  watched.set(span, watcher)
  return watcher
}

/** The attributes of a span so far, where its class shows them: those of the OpenTelemetry SDK do. */
export function readAttributes(span: Span): Readonly<Record<string, unknown>> | undefined {
  const attributes = 'attributes' in span ? span.attributes : undefined
  return isRecord(attributes) ? attributes : undefined
}
