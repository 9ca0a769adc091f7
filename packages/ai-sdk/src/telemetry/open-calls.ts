import type { Span } from '@opentelemetry/api'

/** A call of the AI SDK between its first and its last telemetry event. */
export interface OpenCall {
  /** The span of the whole call, once an integration has started it. */
  rootSpan: Span | undefined
}

/** More calls than this at once are calls whose end was never told; the oldest are forgotten. */
const MAX_OPEN_CALLS = 1000

const openCalls = new Map<string, OpenCall>()

/** The call with this identifier; opened if it is new. */
export function openCall(callId: string): OpenCall {
  const known = openCalls.get(callId)
  if (known !== undefined) return known
  const call: OpenCall = { rootSpan: undefined }
  openCalls.set(callId, call)
  if (openCalls.size > MAX_OPEN_CALLS) {
    for (const oldest of openCalls.keys()) {
      openCalls.delete(oldest)
      break
    }
  }
  return call
}

/** The call with this identifier, while it is open. */
export function findCall(callId: string): OpenCall | undefined {
  return openCalls.get(callId)
}

export function closeCall(callId: string): void {
  openCalls.delete(callId)
}
