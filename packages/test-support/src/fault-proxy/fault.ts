import { impossible } from '../impossible.js'
import type { MessageHead } from './http-message-reader.js'

/** Which of the two messages of an exchange a fault hits. */
export type Direction = 'request' | 'response'

/**
 * What the proxy does to one HTTP exchange. Bytes count the head of the message as well as its body.
 *
 * - `pass`: nothing.
 * - `refuse`: as the proxy's setting it closes the listening port, so that connecting fails; chosen for one exchange it
 *   resets the connection before a byte goes through.
 * - `blackHole`: accepts and never answers; nothing reaches the target.
 * - `reset`: a TCP reset to both sides once `atPercent` (0 to 99) of the message went through. A message without
 *   `Content-Length` has no percentage: anything over 0 then means after its head.
 * - `stall`: the first `afterBytes` of the message go through, then nothing, and the connection stays open.
 * - `throttle`: at most `bytesPerSecond` in the direction named, or in both.
 * - `loseResponse`: the target gets the whole request and answers it; the client gets a reset, or (`then: 'hang'`) nothing.
 */
export type Fault =
  | { kind: 'pass' }
  | { kind: 'refuse' }
  | { kind: 'blackHole' }
  | { kind: 'reset'; during: Direction; atPercent: number }
  | { kind: 'stall'; during: Direction; afterBytes: number }
  | { kind: 'throttle'; during?: Direction; bytesPerSecond: number }
  | { kind: 'loseResponse'; then?: 'reset' | 'hang' }

/** How far one message may go, and what happens to the bytes beyond. */
export interface Passage {
  allowedBytes: number
  bytesPerSecond: number
  /** `swallowThenReset` and `swallowThenHang` read the message to its end first */
  beyond: 'reset' | 'stall' | 'swallowThenReset' | 'swallowThenHang'
}

const FREE_PASSAGE: Passage = {
  allowedBytes: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  beyond: 'reset',
}

/** Translates a fault into the passage of one message. */
export function passageOf(fault: Fault, direction: Direction, head: MessageHead, headBytes: number): Passage {
  switch (fault.kind) {
    case 'pass':
      return FREE_PASSAGE
    case 'refuse':
      return { ...FREE_PASSAGE, allowedBytes: 0, beyond: 'reset' }
    case 'blackHole':
      return { ...FREE_PASSAGE, allowedBytes: 0, beyond: 'stall' }
    case 'reset': {
      if (fault.during !== direction) return FREE_PASSAGE
      const share = Math.floor(((head.totalBytes ?? 0) * fault.atPercent) / 100)
      const allowedBytes = head.totalBytes === undefined && fault.atPercent > 0 ? headBytes : share
      return { ...FREE_PASSAGE, allowedBytes, beyond: 'reset' }
    }
    case 'stall':
      if (fault.during !== direction) return FREE_PASSAGE
      return { ...FREE_PASSAGE, allowedBytes: fault.afterBytes, beyond: 'stall' }
    case 'throttle':
      if (fault.during !== undefined && fault.during !== direction) return FREE_PASSAGE
      return { ...FREE_PASSAGE, bytesPerSecond: fault.bytesPerSecond }
    case 'loseResponse':
      if (direction === 'request') return FREE_PASSAGE
      return {
        ...FREE_PASSAGE,
        allowedBytes: 0,
        beyond: fault.then === 'hang' ? 'swallowThenHang' : 'swallowThenReset',
      }
    default:
      return impossible(fault)
  }
}
