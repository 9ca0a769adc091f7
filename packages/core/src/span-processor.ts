import type { Context, SpanContext } from '@opentelemetry/api'
import type { ArtifactClient } from './client.js'
import { diagnostics } from './diagnostics.js'
import { ArtifactConfigurationError } from './errors.js'
import { existingArtifactClient } from './global-client.js'
import { type LateReference, lateReferencesOf } from './late-references.js'
import { spanWithAttributes, type SpanWithAttributes } from './span-view.js'
import { startUnrefTimer } from './timers.js'

export const DEFAULT_HOLD_TIMEOUT_MS = 5000
export const DEFAULT_MAX_HELD_SPANS = 2048

/** An ended span, as the SDK hands it to its processors: structurally a `ReadableSpan`. */
export interface EndedSpan extends SpanWithAttributes {
  spanContext(): SpanContext
}

/** A span processor of the SDK: structurally the `SpanProcessor` of `@opentelemetry/sdk-trace-base`. */
export interface WrappedSpanProcessor<Started, Ended> {
  onStart(span: Started, parentContext: Context): void
  onEnding?(span: Started): void
  onEnd(span: Ended): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface ArtifactSpanProcessorOptions {
  /** The client whose uploads are flushed with the spans. Default: the global one, if there is any then. */
  client?: ArtifactClient
  /** For how long a span is held back after its end, in milliseconds. Default: 5000. */
  holdTimeoutMs?: number
  /** How many spans are held back at most; beyond it the oldest goes on as it is. Default: 2048. */
  maxHeldSpans?: number
}

/** A span between its end and its export. */
interface HeldSpan<Ended> {
  readonly span: Ended
  readonly late: readonly LateReference[]
  readonly attributes: Record<string, string>
  readonly endedAtMs: number
  missing: number
}

/**
 * Wraps the processor that exports spans, and holds an ended span back until the references of its large artifacts are
 * known. Then it passes on a view of the span that has them, in the order in which the spans ended; processors beside it
 * see the span unchanged. Flush and shutdown take the uploads along.
 *
 * ```ts
 * new NodeTracerProvider({ spanProcessors: [new ArtifactSpanProcessor(new BatchSpanProcessor(exporter))] })
 * ```
 */
export class ArtifactSpanProcessor<Started, Ended extends EndedSpan> implements WrappedSpanProcessor<Started, Ended> {
  readonly #processor: WrappedSpanProcessor<Started, Ended>
  readonly #client: ArtifactClient | undefined
  readonly #holdTimeoutMs: number
  readonly #maxHeldSpans: number
  /** In the order of their ends. */
  readonly #held = new Set<HeldSpan<Ended>>()
  readonly #emptyListeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param processor where spans go on to, such as a `BatchSpanProcessor`
   * @throws ArtifactConfigurationError for an option that is not a whole number of at least 0
   */
  constructor(processor: WrappedSpanProcessor<Started, Ended>, options: ArtifactSpanProcessorOptions = {}) {
    this.#processor = processor
    this.#client = options.client
    this.#holdTimeoutMs = wholeNumber('holdTimeoutMs', options.holdTimeoutMs ?? DEFAULT_HOLD_TIMEOUT_MS)
    this.#maxHeldSpans = wholeNumber('maxHeldSpans', options.maxHeldSpans ?? DEFAULT_MAX_HELD_SPANS)
  }

  onStart(span: Started, parentContext: Context): void {
    this.#processor.onStart(span, parentContext)
  }

  onEnding(span: Started): void {
    this.#processor.onEnding?.(span)
  }

  onEnd(span: Ended): void {
    const late = lateReferencesOf(span.spanContext())
    if (late.length === 0 && this.#held.size === 0) {
      this.#processor.onEnd(span)
      return
    }
    const held: HeldSpan<Ended> = {
      span,
      late,
      attributes: {},
      endedAtMs: performance.now(),
      missing: late.length,
    }
    this.#held.add(held)
    for (const reference of late) {
      reference.isAwaited = true
      void reference.value.then((value) => this.#arrived(held, reference.key, value))
    }
    this.#passOn()
    this.#planDeadline()
  }

  /** Passes on the spans that are held, each with its references or after its deadline, and flushes spans and uploads. */
  async forceFlush(): Promise<void> {
    await this.#nothingHeld()
    await Promise.all([this.#processor.forceFlush(), this.#uploads()?.forceFlush()])
  }

  /** As `forceFlush`, and ends the wrapped processor and the client: no more artifacts are stored. */
  async shutdown(): Promise<void> {
    // Uploads and spans drain side by side: a process that is told to end has seconds.
    const uploads = this.#uploads()?.shutdown()
    await this.#nothingHeld()
    await Promise.all([this.#processor.shutdown(), uploads])
  }

  #uploads(): ArtifactClient | undefined {
    return this.#client ?? existingArtifactClient()
  }

  #arrived(held: HeldSpan<Ended>, key: string, value: string | undefined): void {
    if (value !== undefined) held.attributes[key] = value
    held.missing -= 1
    this.#passOn()
    this.#planDeadline()
  }

  /** Passes on from the front, so that spans stay in the order of their ends. */
  #passOn(): void {
    const nowMs = performance.now()
    for (const held of this.#held) {
      const isOverdue = nowMs >= held.endedAtMs + this.#holdTimeoutMs
      if (held.missing > 0 && !isOverdue && this.#held.size <= this.#maxHeldSpans) return
      this.#held.delete(held)
      if (held.missing > 0) {
        const why = isOverdue ? `after ${this.#holdTimeoutMs} ms` : `because ${this.#maxHeldSpans} others wait`
        diagnostics.warn('late_reference', `a span goes on without ${held.missing} of its references ${why}`)
      }
      this.#export(held)
    }
    for (const listener of this.#emptyListeners) listener()
    this.#emptyListeners.clear()
  }

  /** Nobody is left to catch what the wrapped processor throws here: it would end the process. */
  #export({ span, attributes }: HeldSpan<Ended>): void {
    try {
      this.#processor.onEnd(Object.keys(attributes).length === 0 ? span : spanWithAttributes(span, attributes))
    } catch {
      // Its message is not ours to repeat: it may quote the span.
      diagnostics.warn('unexpected_error', 'onEnd() of the wrapped span processor failed: the span may be lost')
    }
  }

  /** The oldest is due first: all are held for the same time. */
  #planDeadline(): void {
    clearTimeout(this.#timer)
    const [oldest] = this.#held
    if (oldest === undefined) return
    const delayMs = Math.max(oldest.endedAtMs + this.#holdTimeoutMs - performance.now(), 0)
    this.#timer = startUnrefTimer(() => {
      this.#passOn()
      this.#planDeadline()
    }, Math.ceil(delayMs))
  }

  #nothingHeld(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#emptyListeners.add(resolve))
  }
}

function wholeNumber(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  const message = `the option ${option} is ${String(value)}: it must be a whole number of at least 0`
  throw new ArtifactConfigurationError('invalid_option', option, message)
}
