import { context, createContextKey, SpanKind, trace, type Context, type Span } from '@opentelemetry/api'
import { hiddenSlot } from './hidden-slot.js'

/** OpenTelemetry's HTTP instrumentation leaves the SERVER span under this key (`@opentelemetry/core`, `RPC_METADATA`). */
const RPC_METADATA_KEY = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/** Which SERVER span a span descends from. */
const serverSpans = hiddenSlot('span-artifacts.http.server-span', isSpan)

/** The span that an exchange belongs to. */
export interface ExchangeSpan {
  readonly span: Span
  /** Whether the span is known to end after the response's `finish` and `close` events. */
  readonly outlivesResponse: boolean
}

/**
 * Finds the SERVER span of the request that is being handled. The active span will not do: inside a framework it is
 * often a child, such as the span of one middleware, that ends long before the response.
 */
export function findServerSpan(): ExchangeSpan | undefined {
  const active = context.active()
  const metadata = active.getValue(RPC_METADATA_KEY)
  if (isRpcMetadata(metadata) && metadata.span !== undefined) return { span: metadata.span, outlivesResponse: true }
  const activeSpan = trace.getSpan(active)
  if (activeSpan === undefined) return undefined
  return { span: serverSpans.get(activeSpan) ?? activeSpan, outlivesResponse: false }
}

/** Whether anything set on the span will be exported. Where not, a capture would be work for nothing. */
export function isExported(span: Span): boolean {
  return span.isRecording() && (span.spanContext().traceFlags & 1) === 1
}

/**
 * A span processor that remembers which SERVER span each span descends from. Add it where the SERVER spans do not come
 * from `@opentelemetry/instrumentation-http`, for example in Next.js; everywhere else it is not needed.
 */
export class ServerSpanProcessor {
  /** Called by the SDK. @param span the span that starts @param parentContext where its parent is found */
  onStart(span: Span & { readonly kind?: SpanKind }, parentContext: Context): void {
    const parent = trace.getSpan(parentContext)
    const root = span.kind === SpanKind.SERVER ? span : parent && serverSpans.get(parent)
    if (root !== undefined) serverSpans.set(span, root)
  }

  /** Called by the SDK; nothing to do. */
  onEnd(): void {}

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
