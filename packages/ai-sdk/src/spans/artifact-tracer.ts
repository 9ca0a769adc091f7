import {
  type Attributes,
  type AttributeValue,
  context,
  type Context,
  type Span,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { shield } from '../diagnostics.js'
import { partAttribute } from '../parts/message-attribute.js'
import type { PartWriter } from '../parts/part-writer.js'
import type { WriterContext } from '../parts/writer-context.js'
import { type WatchedSpan, watchSpan } from './watched-span.js'

/** Decides about the attributes that pass through a tracer. */
export interface AttributeRewriter {
  /** Whether the value may hold media or long text. Asked for every attribute: cheap, and changes nothing. */
  concerns(key: string, value: AttributeValue): boolean
  /**
   * Writes the parts of what stands in its place. Asked only on spans that are recorded.
   *
   * @returns what makes the attribute of them, or undefined to leave it out
   */
  rewrite(key: string, value: AttributeValue, writer: PartWriter): () => AttributeValue | undefined
}

export interface ArtifactTracerOptions {
  readonly writerContext: WriterContext
  /** The first one that is concerned decides. */
  readonly rewriters: readonly AttributeRewriter[]
  /** Called with each recorded span before its attributes are written. */
  readonly onSpan?: ((span: WatchedSpan) => void) | undefined
}

/**
 * A tracer whose spans carry references in place of media. Spans that are not recorded are left alone: nothing of
 * theirs is hashed or uploaded.
 */
export function artifactTracer(tracer: Tracer, options: ArtifactTracerOptions): Tracer {
  const startSpan: Tracer['startSpan'] = (name, spanOptions, parent) => {
    const split = shield('reading the attributes of a span', () => splitAttributes(spanOptions?.attributes, options))
    if (split === undefined) return tracer.startSpan(name, spanOptions, parent)
    // The heavy ones are set when it is known that somebody records them.
    const span = tracer.startSpan(name, { ...spanOptions, attributes: split.light }, parent)
    if (!span.isRecording()) return span
    shield('watching a span', () => {
      const watcher = watchSpan(span)
      for (const [key, value] of Object.entries(split.light)) watcher.note(key, value)
      options.onSpan?.(watcher)
      rewriteAttributes(watcher, options)
      span.setAttributes(split.heavy)
    })
    return span
  }

  const startActiveSpan = (name: string, ...rest: readonly unknown[]): unknown => {
    const callback = rest.at(-1) as (span: Span) => unknown
    const spanOptions = rest.length > 1 ? (rest[0] as Parameters<Tracer['startSpan']>[1]) : undefined
    const parent = rest.length > 2 ? (rest[1] as Context) : context.active()
    const span = startSpan(name, spanOptions, parent)
    return context.with(trace.setSpan(parent, span), callback, undefined, span)
  }

  return { startSpan, startActiveSpan: startActiveSpan as Tracer['startActiveSpan'] }
}

function splitAttributes(
  attributes: Attributes = {},
  { rewriters }: ArtifactTracerOptions,
): { light: Attributes; heavy: Attributes } {
  const light: Attributes = {}
  const heavy: Attributes = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    const target = rewriters.some((rewriter) => rewriter.concerns(key, value)) ? heavy : light
    target[key] = value
  }
  return { light, heavy }
}

function rewriteAttributes(watcher: WatchedSpan, { rewriters, writerContext }: ArtifactTracerOptions): void {
  const { span } = watcher
  const original = span.setAttribute.bind(span)
  const set = (key: string, value: AttributeValue): void => {
    watcher.note(key)
    // What cannot be rewritten is left out, and reported: it may be megabytes.
    shield('rewriting an attribute', () => {
      const rewriter = rewriters.find((candidate) => candidate.concerns(key, value))
      if (rewriter === undefined) original(key, value)
      else
        watcher.write(
          key,
          partAttribute(writerContext, (writer) => rewriter.rewrite(key, value, writer)),
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
