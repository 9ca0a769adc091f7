import { artifactClient, type ArtifactClient } from '@span-artifacts/core'

/** Up to this size nobody looks after what is never given back, in bytes: that would cost more than watching a small body does. */
const MAX_UNWATCHED_BYTES: number = 16 * 1024

type Memory = ArtifactClient['captureSpace']['memory']

/** What a reservation holds, where it can be found when the reservation is gone. */
interface Holding {
  readonly memory: Memory
  bytes: number
}

/**
 * An exchange that never ends, because its application took the response off its socket, is garbage one day; the room that
 * it took would be lost for as long as the process lives. Not in every runtime.
 */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<Holding>(({ memory, bytes }) => memory.release(bytes))

/** The room that one capture takes in the memory of a client for what it keeps. */
export class MemoryReservation {
  readonly #client: ArtifactClient | undefined
  #bytes = 0
  #holding: Holding | undefined

  /** @param client Default: `artifactClient()`, asked for when room is taken */
  constructor(client: ArtifactClient | undefined) {
    this.#client = client
  }

  /** How much is taken, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes so many bytes more. @returns whether there was room */
  take(bytes: number): boolean {
    const memory = this.#memory()
    const hasRoom = memory.reserve(bytes)
    if (hasRoom) this.#hold(this.#bytes + bytes, memory)
    return hasRoom
  }

  /** Takes what is missing to so many bytes, if anything is. @returns whether there was room */
  growTo(bytes: number): boolean {
    return bytes <= this.#bytes || this.take(bytes - this.#bytes)
  }

  /** Gives all of it back. */
  release(): void {
    if (this.#bytes === 0) return
    const memory = this.#memory()
    memory.release(this.#bytes)
    this.#hold(0, memory)
  }

  #hold(bytes: number, memory: Memory): void {
    this.#bytes = bytes
    if (this.#holding !== undefined) this.#holding.bytes = bytes
    else if (bytes > MAX_UNWATCHED_BYTES) {
      this.#holding = { memory, bytes }
      forgotten?.register(this, this.#holding)
    }
  }

  #memory(): Memory {
    return (this.#client ?? artifactClient()).captureSpace.memory
  }
}
