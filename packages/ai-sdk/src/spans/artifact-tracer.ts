import {
  type Attributes,
  type AttributeValue,
  context,
  type Context,
  type Span,
  type SpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { shield } from '../diagnostics.js'
import { partAttribute } from '../parts/message-attribute.js'
import type { WriterContext } from '../parts/writer-context.js'
import { isRecord, textOf } from '../record.js'
import { isForbidden } from './forbidden-attributes.js'
import { isHeavyAttribute, rewriteAttribute } from './sdk-attributes.js'
import { type WatchedSpan, watchSpan } from './watched-span.js'

/** What a tracer does with the attributes that pass through it. */
export interface ArtifactTracerOptions {
  readonly writerContext: WriterContext
  /** Called with each recorded span before its attributes are written. */
  readonly onSpan: (span: WatchedSpan) => void
}

type SpanCallback = (span: Span) => unknown

/**
 * A tracer whose spans carry references in place of media. Spans that are not recorded are left alone: nothing of
 * theirs is hashed or uploaded.
 */
export class ArtifactTracer implements Tracer {
  readonly #tracer: Tracer
  readonly #options: ArtifactTracerOptions

  constructor(tracer: Tracer, options: ArtifactTracerOptions) {
    this.#tracer = tracer
    this.#options = options
  }

  startSpan(name: string, spanOptions?: SpanOptions, parent?: Context): Span {
    const split = shield('reading the attributes of a span', () => this.#split(spanOptions?.attributes))
    if (split === undefined) return this.#tracer.startSpan(name, spanOptions, parent)
    // The heavy ones are set when it is known that somebody records them.
    const span = this.#tracer.startSpan(name, { ...spanOptions, attributes: split.light }, parent)
    if (!span.isRecording()) return span
    shield('watching a span', () => {
      const watcher = watchSpan(span)
      for (const [key, value] of Object.entries(split.light)) watcher.note(key, value)
      this.#options.onSpan(watcher)
      this.#rewriteAttributes(watcher)
      this.#withholdErrors(watcher)
      span.setAttributes(split.heavy)
    })
    return span
  }

  startActiveSpan<Callback extends SpanCallback>(name: string, callback: Callback): ReturnType<Callback>
  startActiveSpan<Callback extends SpanCallback>(
    name: string,
    spanOptions: SpanOptions,
    callback: Callback,
  ): ReturnType<Callback>
  startActiveSpan<Callback extends SpanCallback>(
    name: string,
    spanOptions: SpanOptions,
    parent: Context,
    callback: Callback,
  ): ReturnType<Callback>
  startActiveSpan(
    name: string,
    first: SpanOptions | SpanCallback,
    second?: Context | SpanCallback,
    third?: SpanCallback,
  ): unknown {
    const spanOptions = typeof first === 'function' ? undefined : first
    const parent = typeof second === 'function' || second === undefined ? context.active() : second
    const callback = [third, second, first].find((value) => typeof value === 'function')
    const span = this.startSpan(name, spanOptions, parent)
    return context.with(trace.setSpan(parent, span), () => callback?.(span))
  }

  #split(attributes: Attributes = {}): { light: Attributes; heavy: Attributes } {
    const { settings } = this.#options.writerContext
    const light: Attributes = {}
    const heavy: Attributes = {}
    for (const [key, value] of Object.entries(attributes)) {
      if (value === undefined) continue
      const target = isForbidden(key, settings) || isHeavyAttribute(key, value, settings) ? heavy : light
      target[key] = value
    }
    return { light, heavy }
  }

  /**
   * Where a prompt or an answer may not be recorded, errors are named only: their messages quote what a model or a tool was
   * given, and what it made. Version 7 of the SDK does so itself, for what its calls say.
   */
  #withholdErrors({ span, consent }: WatchedSpan): void {
    const { recordInputs, recordOutputs } = this.#options.writerContext.settings
    if (recordInputs && recordOutputs && consent.inputs !== false && consent.outputs !== false) return
    const recordException = span.recordException.bind(span)
    const setStatus = span.setStatus.bind(span)
    span.recordException = (exception, time) => {
      // Some hand over whatever was thrown: null, too.
      const name = isRecord(exception) ? textOf(exception['name']) : undefined
      recordException({ name: name ?? 'Error' }, time)
    }
    span.setStatus = ({ code }) => {
      setStatus({ code })
      return span
    }
  }

  #rewriteAttributes(watcher: WatchedSpan): void {
    const { span } = watcher
    const { writerContext } = this.#options
    const { settings } = writerContext
    const original = span.setAttribute.bind(span)
    const set = (key: string, value: AttributeValue): void => {
      if (isForbidden(key, settings)) return
      watcher.note(key)
      // What cannot be rewritten is left out, and reported: it may be megabytes.
      shield('rewriting an attribute', () => {
        if (!isHeavyAttribute(key, value, settings)) original(key, value)
        else
          watcher.write(
            key,
            partAttribute(writerContext, (writer) => rewriteAttribute(key, value, writer)),
          )
      })
    }
    span.setAttribute = (key, value) => {
      set(key, value)
      return span
    }
    span.setAttributes = (attributes) => {
      for (const [key, value] of Object.entries(attributes)) {
        if (value !== undefined) set(key, value)
      }
      return span
    }
  }
}
