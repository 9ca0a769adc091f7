import {
  context,
  createContextKey,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { hiddenSlot } from './hidden-slot.js'
import type { AttributeTarget } from './record-body.js'

/** OpenTelemetry's HTTP instrumentation leaves the SERVER span under this key (`@opentelemetry/core`, `RPC_METADATA`). */
const RPC_METADATA_KEY = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/** Which SERVER span a span descends from. */
const serverSpans = hiddenSlot('span-artifacts.http.server-span', isSpan)

/** What is still to be done before a span ends. */
const endListeners = hiddenSlot('span-artifacts.http.before-span-ends', isListenerSet)

/** Sets the last attributes of a span. Must not throw. */
export type SpanEndListener = (target: AttributeTarget) => void

/** The span that an exchange belongs to. */
export interface ExchangeSpan {
  readonly span: Span
  /** Whether the span is known to end after the response's `finish` and `close` events. */
  readonly outlivesResponse: boolean
  /** Whether it is known to be the span of the whole exchange. */
  readonly isServerSpan: boolean
}

/**
 * Finds the SERVER span of the request that is being handled. The active span will not do: inside a framework it is
 * often a child, such as the span of one middleware, that ends long before the response.
 */
export function findServerSpan(): ExchangeSpan | undefined {
  const active = context.active()
  const metadata = active.getValue(RPC_METADATA_KEY)
  if (isRpcMetadata(metadata) && metadata.span !== undefined) {
    return { span: metadata.span, outlivesResponse: true, isServerSpan: true }
  }
  const activeSpan = trace.getSpan(active)
  if (activeSpan === undefined) return undefined
  const span = serverSpans.get(activeSpan) ?? activeSpan
  return { span, outlivesResponse: false, isServerSpan: Reflect.get(span, 'kind') === SpanKind.SERVER }
}

/**
 * Has something done at the last moment at which a span can still get attributes, where a {@link ServerSpanProcessor}
 * tells when that is; otherwise never.
 *
 * @returns takes it back
 */
export function beforeSpanEnds(span: Span, listener: SpanEndListener): () => void {
  const listeners = endListeners.get(span) ?? new Set()
  endListeners.set(span, listeners.add(listener))
  return () => void listeners.delete(listener)
}

/** Is told of every SERVER span that starts, while it starts. Must not throw. */
export type ServerSpanListener = (span: Span) => void

/**
 * Listens to the SERVER spans that every {@link ServerSpanProcessor} of this process sees start.
 *
 * @returns takes it back
 */
export function onServerSpanStart(listener: ServerSpanListener): () => void {
  const listeners = startListeners()
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** One set per process: the processor may belong to another copy of this package. */
const startListenersSlot = hiddenSlot('span-artifacts.http.on-server-span-start', isStartListenerSet)

function startListeners(): Set<ServerSpanListener> {
  const existing = startListenersSlot.get(globalThis)
  if (existing !== undefined) return existing
  const listeners = new Set<ServerSpanListener>()
  startListenersSlot.set(globalThis, listeners)
  return listeners
}

function isStartListenerSet(value: unknown): value is Set<ServerSpanListener> {
  return value instanceof Set
}

function notifyEndListeners(span: object, target: AttributeTarget): void {
  const listeners = endListeners.get(span)
  if (listeners === undefined) return
  for (const listener of listeners) listener(target)
  listeners.clear()
}

/** Whether anything set on the span will be exported. Where not, a capture would be work for nothing. */
export function isExported(span: Span): boolean {
  return span.isRecording() && (span.spanContext().traceFlags & 1) === 1
}

/** An ended span as the SDK hands it to its processors. Its attributes are what exporters will read. */
interface EndedSpan {
  readonly attributes: Attributes
}

/**
 * A span processor that remembers which SERVER span each span descends from, and completes it before it ends. Add it
 * where the SERVER spans do not come from `@opentelemetry/instrumentation-http`, for example in Next.js, and before
 * the processors that export; everywhere else it is not needed.
 */
export class ServerSpanProcessor {
  /** Called by the SDK. @param span the span that starts @param parentContext where its parent is found */
  onStart(span: Span & { readonly kind?: SpanKind }, parentContext: Context): void {
    const parent = trace.getSpan(parentContext)
    const root = span.kind === SpanKind.SERVER ? span : parent && serverSpans.get(parent)
    if (root === undefined) return
    serverSpans.set(span, root)
    if (root === span) for (const listener of startListeners()) listener(span)
  }

  /** Called by the SDK while the span still takes attributes. */
  onEnding(span: Span): void {
    notifyEndListeners(span, span)
  }

  /** Called by the SDK. Some, that of `@vercel/otel` among them, do not call `onEnding`. */
  onEnd(span: EndedSpan): void {
    notifyEndListeners(span, {
      setAttribute: (name, value) => {
        span.attributes[name] = value
      },
    })
  }

  /** Nothing is ever pending. */
  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  /** Nothing is held. */
  shutdown(): Promise<void> {
    return Promise.resolve()
  }
}

function isRpcMetadata(value: unknown): value is { readonly span?: Span } {
  return typeof value === 'object' && value !== null
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null
}

function isListenerSet(value: unknown): value is Set<SpanEndListener> {
  return value instanceof Set
}
