import type { Attributes } from '@opentelemetry/api'

/** What of a span of the SDK is needed here; structural, so that the core depends on no SDK. */
export interface SpanWithAttributes {
  readonly attributes: Attributes
}

/**
 * The same span with more attributes, for one reader: the span itself, which other processors see too, stays as it is.
 */
export function spanWithAttributes<Span extends SpanWithAttributes>(span: Span, more: Attributes): Span {
  const attributes = { ...span.attributes, ...more }
  return new Proxy(span, {
    get(target, property) {
      if (property === 'attributes') return attributes
      // With the span itself as `this`: its private fields are not the proxy's.
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
