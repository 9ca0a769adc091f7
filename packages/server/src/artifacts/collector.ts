import type { BlobStore } from '../storage/blob-store.js'
import type { ArtifactCatalog } from '../storage/catalog/artifacts.js'

const batchSize = 100
const intervalMs = 60 * 60 * 1000

/** Frees the room of deleted artifacts and of uploads that were never finalized. */
export interface Collector {
  /** Collects all that is due now, and returns how many artifacts that were. */
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
    let collected = 0
    for (;;) {
      const due = await catalog.collectible(now, batchSize)
      for (const artifact of due) {
        if (stopped) return collected
        if (await catalog.collect(artifact, now, () => blobs.delete(artifact))) collected += 1
      }
      if (due.length < batchSize) return collected
    }
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
