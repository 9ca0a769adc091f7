import { hiddenSlot } from './hidden-slot.js'

/** A capture at the level of Node's HTTP server. */
export interface WireCapture {
  /** Forgets everything seen so far and captures nothing more. */
  skip(): void
}

/** The capture of an exchange that `captureAllRequests()` has started, by its span. */
export const wireCaptures: ReturnType<typeof hiddenSlot<WireCapture>> = hiddenSlot(
  'span-artifacts.http.wire-capture',
  isWireCapture,
)

function isWireCapture(value: unknown): value is WireCapture {
  return typeof value === 'object' && value !== null && 'skip' in value
}
