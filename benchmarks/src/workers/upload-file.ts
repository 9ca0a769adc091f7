// Uploads one large file and measures the memory that it takes.
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Artifact, ArtifactClient } from '@span-artifacts/core'
import { type ResidentMemory, sampleResidentMemory } from '@span-artifacts/test-support'
import { GIB, MIB } from '../harness/unit.js'
import { leaveScenario, parametersJson, tellScenario } from '../harness/worker.js'

export interface UploadFile {
  endpoint: string
  /** How the client gets it: by its path, or as a stream, which has to be kept until it is uploaded. */
  from: 'path' | 'stream'
  path: string
  /** of another, small file: its upload brings the process to its working size */
  warmUpPath: string
}

export interface UploadedFile {
  memory: ResidentMemory
  sha256: string
  sizeBytes: number
}

const UPLOAD_DEADLINE_MS = 300_000
const SETTLE_MS = 500
const CHUNK_BYTES: number = 64 * 1024

const { endpoint, from, path, warmUpPath }: UploadFile = JSON.parse(parametersJson)
const limits = { maxArtifactBytes: 2 * GIB, maxQueueBytes: 64 * MIB, maxSpoolBytes: 2 * GIB }
const client = new ArtifactClient({ endpoint, ...limits })
const record = (file: string): Promise<Artifact> =>
  from === 'path' ? Artifact.fromFile(file, { client }) : Artifact.from(contentOf(file), { client })

/** A stream that makes no garbage of its own. */
async function* contentOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  const buffer = Buffer.alloc(CHUNK_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

await (
  await record(warmUpPath)
).uploaded
globalThis.gc?.()
await delay(SETTLE_MS)

const sampler = sampleResidentMemory()
const artifact = await record(path)
artifact.reference()
await Promise.race([
  artifact.uploaded,
  delay(UPLOAD_DEADLINE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the file is not uploaded after ${UPLOAD_DEADLINE_MS} ms`)
  }),
])
const result: UploadedFile = { memory: sampler.stop(), sha256: artifact.sha256, sizeBytes: artifact.sizeBytes }
await client.shutdown()
await tellScenario(result)
leaveScenario()
