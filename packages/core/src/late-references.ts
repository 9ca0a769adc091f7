import { createDeferred } from './deferred.js'
import type { SpanContext } from '@opentelemetry/api'

/** A reference of which the digest is not known yet, on a span that may end before it is. */
export interface LateReference {
  /** The attribute's name. */
  readonly key: string
  /** Resolves with the attribute's value, or undefined when there will be none. Never rejects. */
  readonly value: Promise<string | undefined>
  /** Set by whoever holds the span back after its end. */
  isAwaited: boolean
}

/** A reference that was announced, and how to say what became of it. */
export interface AnnouncedReference {
  readonly reference: LateReference
  readonly settle: (value: string | undefined) => void
}

/** One registry per process, shared by every copy of this package that it loads. */
const registrySlot: unique symbol = Symbol.for('span-artifacts.late-references.v1')

interface GlobalSlot {
  [registrySlot]?: Map<string, Set<LateReference>>
}

/** Says that a span has a reference on the way. */
export function announceLateReference(spanContext: SpanContext, key: string): AnnouncedReference {
  const registry = lateReferences()
  const id = spanKey(spanContext)
  const { promise, resolve } = createDeferred<string | undefined>()
  const reference: LateReference = { key, value: promise, isAwaited: false }
  const ofSpan = registry.get(id) ?? new Set()
  registry.set(id, ofSpan.add(reference))
  return {
    reference,
    settle(value) {
      ofSpan.delete(reference)
      if (ofSpan.size === 0 && registry.get(id) === ofSpan) registry.delete(id)
      resolve(value)
    },
  }
}

/** The references of a span that are on their way, by the span's identity: it may have been wrapped since. */
export function lateReferencesOf(spanContext: SpanContext): LateReference[] {
  return [...(lateReferences().get(spanKey(spanContext)) ?? [])]
}

function spanKey({ traceId, spanId }: SpanContext): string {
  return `${traceId}-${spanId}`
}

function lateReferences(): Map<string, Set<LateReference>> {
  const slot: typeof globalThis & GlobalSlot = globalThis
  slot[registrySlot] ??= new Map()
  return slot[registrySlot]
}
