import type { BlobStore } from '../storage/blob-store.js'
import type { ArtifactCatalog } from '../storage/catalog/artifacts.js'

const batchSize = 100
const intervalMs = 60 * 60 * 1000

/** Frees the room of deleted artifacts and of uploads that were never finalized. */
export interface Collector {
  /**
   * Collects all that is due now, and returns how many artifacts that were.
   *
   * @throws AggregateError when bytes of some could not be removed; the others are collected all the same
   */
  collect(): Promise<number>
  /** Ends the hourly runs and waits for one that is under way. */
  stop(): Promise<void>
}

/** Options of {@link startCollector}. */
export interface CollectorOptions {
  blobs: BlobStore
  catalog: ArtifactCatalog
  onError: (error: unknown) => void
}

/** Collects now and then every hour. */
export function startCollector(options: CollectorOptions): Collector {
  const { blobs, catalog, onError } = options
  let stopped = false
  let running: Promise<unknown> = Promise.resolve()

  const collect = async (): Promise<number> => {
    const now = Date.now()
    const failures: unknown[] = []
    let collected = 0
    for (;;) {
      // What could not be removed stays due, and comes first again.
      const due = await catalog.collectible(now, batchSize, failures.length)
      for (const artifact of due) {
        if (stopped) return collected
        try {
          if (await catalog.collect(artifact, now, () => blobs.delete(artifact))) collected += 1
        } catch (error) {
          failures.push(error)
        }
      }
      if (due.length < batchSize) break
    }
    if (failures.length === 0) return collected
    throw new AggregateError(
      failures,
      `the bytes of ${failures.length} artifact(s) were not removed, first: ${String(failures[0])}`,
    )
  }

  const run = (): void => {
    running = collect().catch(onError)
  }
  run()
  const timer = setInterval(run, intervalMs)
  timer.unref()
  return {
    collect,
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
