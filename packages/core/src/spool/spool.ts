import { startUnrefTimer } from '../timers.js'
import type { TrailingDigest } from '../trailing-digest.js'
import { SpoolBacklog } from './spool-backlog.js'
import { SpoolCapture, type SpoolingContent } from './spool-capture.js'
import type { SpoolDirectory, SpoolFile, SpoolHeader } from './spool-directory.js'
import { type SpoolReservation, SpoolSpace } from './spool-space.js'
import { WriteBlocks } from './write-blocks.js'

/** How often a process says that it is alive, measures the volume and looks for orphans, in milliseconds. */
const HEARTBEAT_MS = 5000
/** How long the spool is left alone after it failed, in milliseconds. */
const REST_AFTER_FAILURE_MS = 30_000
/** Files that are written at once. */
const MAX_WRITES = 4
/** Captures that may have a file open at once; further ones stay in memory. */
const MAX_CAPTURES = 64

/** What the spool reports; it counts nothing and logs nothing itself. */
export interface SpoolObserver {
  /** A file of a dead process that is now this one's. */
  recovered(file: SpoolFile, reservation: SpoolReservation): void
  /** A damaged file was found and moved to quarantine. */
  damaged(): void
  /** The disk failed; artifacts stay in memory for a while. */
  unavailable(error: unknown): void
  /** A heartbeat: time to look for what is too old. */
  tick(): void
  /** So many artifacts of other endpoints were too old, and are deleted. */
  expiredElsewhere(artifacts: number): void
}

export interface SpoolOptions {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Opens the directory, creating it if need be. */
  readonly open: () => Promise<SpoolDirectory>
  /** Whether there is anything to recover; where there is not, nothing is created before it is needed. */
  readonly hasLeftovers: () => Promise<boolean>
  readonly observer: SpoolObserver
}

/**
 * Artifacts on disk: those that memory has no room for, and those of processes that died. What it has room for is decided
 * at once and in memory; every touch of the disk is asynchronous, and none of its errors leaves this class as anything
 * but a report.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #space: SpoolSpace
  readonly #backlog = new SpoolBacklog()
  readonly #blocks = new WriteBlocks()
  readonly #waitingWrites: (() => void)[] = []
  #opening: Promise<SpoolDirectory> | undefined
  #heartbeat: ReturnType<typeof setTimeout> | undefined
  #beating: Promise<void> = Promise.resolve()
  #sweeping: Promise<void> | undefined
  #restsUntilMs = 0
  #writes = 0
  #captures = 0
  #isClosed = false

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#space = new SpoolSpace(options)
  }

  /** Bytes in memory that are on their way to the disk as part of captures or writes. */
  get backlogBytes(): number {
    return this.#backlog.bytes
  }

  /** Looks for what dead processes have left. Resolves when all of it is found; never rejects. */
  async recover(): Promise<void> {
    try {
      if (await this.#options.hasLeftovers()) await this.#directory()
      await this.#beating
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Takes room for content that is in memory or in a file elsewhere. @returns undefined when there is none */
  reserve(contentBytes: number, memoryBytes: number): SpoolReservation | undefined {
    if (!this.isUsable) return undefined
    const reservation = this.#space.reserve(contentBytes)
    if (reservation === undefined || this.#backlog.reserve(memoryBytes)) return reservation
    reservation.release()
    return undefined
  }

  /**
   * Writes content into a reserved place, when its turn comes.
   *
   * @param options.memoryBytes what was reserved for it
   * @param options.isWanted asked when its turn has come, and while it is written
   * @returns undefined when it was not wanted, or the disk failed; the room is given back then
   * @throws what reading the content throws
   */
  async write(options: {
    reservation: SpoolReservation
    memoryBytes: number
    header: SpoolHeader
    chunks: () => AsyncIterable<Uint8Array>
    isWanted: () => boolean
  }): Promise<SpoolFile | undefined> {
    const { reservation, memoryBytes } = options
    let file: SpoolFile | undefined
    await this.#writeTurn()
    try {
      if (options.isWanted()) file = await this.#writeFile(options)
    } finally {
      this.#endWriteTurn()
      this.#backlog.release(memoryBytes)
      if (file === undefined) reservation.release()
    }
    return file
  }

  /** Starts a file for content of unknown length, which a digest is computed of. @returns undefined when there is no room, or the disk rests */
  startCapture(digest: TrailingDigest): SpoolingContent | undefined {
    if (!this.isUsable || this.#captures >= MAX_CAPTURES) return undefined
    const reservation = this.#space.reserve(0)
    if (reservation === undefined) return undefined
    this.#captures += 1
    const capture = new SpoolCapture({
      reservation,
      backlog: this.#backlog,
      blocks: this.#blocks,
      digest,
      createFile: async () => (await this.#directory()).createFile(),
      onWritten: () => this.#measure(),
      onFailed: (error) => this.#fail(error),
      onEnd: () => {
        this.#captures -= 1
        if (this.#captures === 0) this.#blocks.trim()
      },
    })
    return { capture, reservation }
  }

  /** Leaves the files to the next process. Call it when nothing is being written any more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#heartbeat)
    await this.#beating
    await this.#sweeping
    const directory = await this.#opening?.catch(() => undefined)
    await directory?.close()
  }

  /** Whether the disk is in use: neither at rest after a failure, nor closed. */
  get isUsable(): boolean {
    if (this.#isClosed) return false
    // Asked for every artifact: to read the clock is half of the answer.
    return this.#restsUntilMs === 0 || performance.now() >= this.#restsUntilMs
  }

  /** The directory; opened at the first use, and again when it has gone. */
  #directory(): Promise<SpoolDirectory> {
    this.#opening ??= this.#openDirectory()
    return this.#opening
  }

  async #openDirectory(): Promise<SpoolDirectory> {
    try {
      const directory = await this.#options.open()
      this.#space.surroundings = directory
      this.#beating = this.#adopt(directory)
      // Once is enough, and nobody waits for it.
      this.#sweeping ??= this.#sweep(directory)
      this.#planHeartbeat(directory)
      return directory
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #writeFile(options: {
    reservation: SpoolReservation
    header: SpoolHeader
    chunks: () => AsyncIterable<Uint8Array>
    isWanted: () => boolean
  }): Promise<SpoolFile | undefined> {
    const source = new SourceReader(options.chunks())
    try {
      const writer = await (await this.#directory()).createFile()
      try {
        for await (const chunk of source) {
          if (!options.isWanted()) break
          await writer.write([chunk])
        }
      } catch (error) {
        await writer.abort()
        throw error
      }
      // The upload has ended meanwhile, perhaps with the client.
      if (!options.isWanted()) {
        await writer.abort()
        return undefined
      }
      const file = await writer.commit(options.header)
      await this.#measure()
      options.reservation.written()
      return file
    } catch (error) {
      // Whoever recorded the content has to know that it cannot be read; that the disk failed is the spool's affair.
      if (source.failed) throw error
      this.#fail(error)
      return undefined
    }
  }

  async #measure(): Promise<void> {
    try {
      await (await this.#opening)?.measure()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #adopt(directory: SpoolDirectory): Promise<void> {
    try {
      await directory.adoptOrphans({
        adopted: (file) => this.#options.observer.recovered(file, this.#space.adopt(file.header.sizeBytes)),
        damaged: () => this.#options.observer.damaged(),
      })
    } catch (error) {
      this.#fail(error)
    }
  }

  async #sweep(directory: SpoolDirectory): Promise<void> {
    try {
      await this.#beating
      const deleted = await directory.deleteExpiredElsewhere(() => !this.#isClosed)
      if (deleted > 0) this.#options.observer.expiredElsewhere(deleted)
    } catch {
      // It is not this process's spool: the next one may have better luck.
    }
  }

  #planHeartbeat(directory: SpoolDirectory): void {
    if (this.#isClosed) return
    this.#heartbeat = startUnrefTimer(() => {
      this.#beating = this.#beating.then(() => this.#beat(directory))
    }, HEARTBEAT_MS)
  }

  async #beat(directory: SpoolDirectory): Promise<void> {
    if (this.#isClosed) return
    try {
      if (!(await directory.beat(this.#space.usage))) {
        // Deleted, or taken over by a process that believed this one to be dead: start anew at the next need.
        this.#opening = undefined
        this.#fail(new Error('its directory was removed or taken over by another process'))
        return
      }
      this.#options.observer.tick()
      await this.#adopt(directory)
    } catch (error) {
      this.#fail(error)
    }
    this.#planHeartbeat(directory)
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    // Its directory has gone: the next use opens another one.
    if (isMissing(error)) {
      clearTimeout(this.#heartbeat)
      this.#opening = undefined
    }
    this.#restsUntilMs = performance.now() + REST_AFTER_FAILURE_MS
    this.#options.observer.unavailable(error)
  }

  #writeTurn(): Promise<void> {
    if (this.#writes < MAX_WRITES) {
      this.#writes += 1
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#waitingWrites.push(resolve))
  }

  /** Hands the turn on, so that writes keep their order. */
  #endWriteTurn(): void {
    const next = this.#waitingWrites.shift()
    if (next === undefined) this.#writes -= 1
    else next()
  }
}

/** Passes content through and remembers whether it was the reading that failed. */
class SourceReader implements AsyncIterable<Uint8Array> {
  failed = false
  readonly #chunks: AsyncIterable<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const iterator = this.#chunks[Symbol.asyncIterator]()
    let ended = false
    try {
      for (;;) {
        const next = await this.#read(iterator)
        if (next.done === true) {
          ended = true
          return
        }
        yield next.value
      }
    } finally {
      if (!ended) await iterator.return?.()
    }
  }

  async #read(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    try {
      return await iterator.next()
    } catch (error) {
      this.failed = true
      throw error
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
