import type { ArtifactClient } from '@span-artifacts/core'
import type { ByteSink } from '../byte-sink.js'
import { KeptContent } from '../kept-content.js'
import { MemoryReservation } from '../memory-reservation.js'

/** Where the value of a field goes, and how long it may be. */
export interface FieldTarget {
  /** Its memory is what values count against until they are whole. */
  readonly client: ArtifactClient | undefined
  /** Of a value that is longer, only so many bytes and one more are kept. */
  readonly maxBytes: number
  onValue(value: string): void
  /** There was no room for it. */
  onLost(): void
}

/** The value of one field of a form while it passes. */
export class FieldValue implements ByteSink {
  readonly #target: FieldTarget
  readonly #kept = new KeptContent()
  readonly #reserved: MemoryReservation
  #leftBytes: number
  #isLost = false

  constructor(target: FieldTarget) {
    this.#target = target
    this.#reserved = new MemoryReservation(target.client)
    this.#leftBytes = target.maxBytes + 1
  }

  write(bytes: Uint8Array): void {
    if (this.#leftBytes === 0 || this.#isLost) return
    const part = bytes.subarray(0, this.#leftBytes)
    this.#leftBytes -= part.length
    this.#kept.copy(part)
    if (this.#reserved.growTo(this.#kept.memoryBytes)) return
    this.#isLost = true
    this.discard()
  }

  end(): void {
    if (this.#isLost) return this.#target.onLost()
    // As `formData()` reads it, whatever charset it says it has.
    const value = Buffer.concat(this.#kept.chunks).toString('utf8')
    this.discard()
    this.#target.onValue(value)
  }

  /** Forgets it. */
  discard(): void {
    this.#kept.recycle()
    this.#reserved.release()
  }
}
