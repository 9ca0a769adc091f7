import type { Span } from '@opentelemetry/api'
import type { Consent } from '../spans/watched-span.js'
import { createPlaceholders, type Placeholders } from './placeholders.js'

/** A call of the AI SDK between its first and its last telemetry event. */
export interface OpenCall {
  readonly placeholders: Placeholders
  readonly consent: Consent
  /** The span of the whole call, once an integration has started it. */
  rootSpan: Span | undefined
}

/** More calls than this at once are calls whose end was never told; the oldest are forgotten. */
const MAX_OPEN_CALLS = 10_000

const openCalls = new Map<string, OpenCall>()

/** The call with this identifier; opened if it is new. */
export function openCall(callId: string, consent: Consent): OpenCall {
  const known = openCalls.get(callId)
  if (known !== undefined) return known
  const call: OpenCall = { placeholders: createPlaceholders(), consent, rootSpan: undefined }
  openCalls.set(callId, call)
  if (openCalls.size > MAX_OPEN_CALLS) {
    for (const oldest of openCalls.keys()) {
      closeCall(oldest)
      break
    }
  }
  return call
}

/** The call with this identifier, while it is open. */
export function findCall(callId: string): OpenCall | undefined {
  return openCalls.get(callId)
}

/** Forgets a call and what it holds. */
export function closeCall(callId: string): void {
  openCalls.get(callId)?.placeholders.release()
  openCalls.delete(callId)
}
