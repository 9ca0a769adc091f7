import { join } from 'node:path'
import { forkBrokerStub } from '@span-artifacts/test-support'
import { writeRandomFile } from '../harness/random-file.js'
import { below, exactly, type Scenario } from '../harness/scenario.js'
import { GIB, MIB } from '../harness/unit.js'
import { runWorker } from '../harness/worker-process.js'
import type { UploadedFile, UploadFile } from '../workers/upload-file.js'

const GROWTH_BAR_MIB = 48
const QUICK_FILE_BYTES: number = 256 * MIB
const WARM_UP_FILE_BYTES: number = 8 * MIB

/** How much memory content takes that is many times larger than what the client may hold. */
function largeContent(name: string, from: UploadFile['from'], way: string): Scenario {
  return {
    name,
    title: `1 GiB through ${way} and upload (with --quick 256 MiB)`,
    run: async ({ quick, directory, seed }) => {
      const path = join(directory, 'large.bin')
      const warmUpPath = join(directory, 'small.bin')
      await writeRandomFile(warmUpPath, WARM_UP_FILE_BYTES, seed + 1)
      const sha256 = await writeRandomFile(path, quick ? QUICK_FILE_BYTES : GIB, seed)
      const broker = await forkBrokerStub({ keepBodies: false })
      try {
        const parameters: UploadFile = { endpoint: broker.url, from, path, warmUpPath }
        const { memory } = await runWorker<UploadedFile>('upload-file', { parameters, nodeArguments: ['--expose-gc'] })
        const stored = (await broker.stored()).filter((artifact) => artifact.sha256 === sha256)
        const growthMib = (memory.peakBytes - memory.baseBytes) / MIB
        return [
          below(`peak RSS over a base of ${Math.round(memory.baseBytes / MIB)} MiB`, growthMib, GROWTH_BAR_MIB, 'MiB'),
          exactly('stored under the digest of the file', stored.length, 1),
        ]
      } finally {
        await broker.close()
      }
    },
  }
}

/** A file, read when it is hashed and again when it is uploaded. */
export const largeFile: Scenario = largeContent('large-file', 'path', 'Artifact.fromFile')
/** A stream, which goes through the spool. */
export const largeStream: Scenario = largeContent('large-stream', 'stream', 'Artifact.from(stream)')
