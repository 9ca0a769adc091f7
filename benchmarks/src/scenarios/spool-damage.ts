import { open, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { filesBelow, type FoundFile } from '../harness/files-below.js'
import { startProxiedBroker } from '../harness/proxied-broker.js'
import { exactly, type Scenario } from '../harness/scenario.js'
import { KIB } from '../harness/unit.js'
import { runWorker, startWorker } from '../harness/worker-process.js'
import type { DrainedSpool, DrainSpool } from '../workers/drain-spool.js'
import type { ShutDownOnSigterm, ShutDownOnSigtermMessage } from '../workers/shut-down-on-sigterm.js'

const ARTIFACTS = 24
const ARTIFACT_BYTES: number = 32 * KIB
const DRAIN_QUIET_MS = 2000
const DRAIN_TIMEOUT_MS = 30_000
const QUARANTINE = /[/\\]quarantine[/\\]/

/** What can happen to a file on a bad disk, or after a power cut. */
const DAMAGES: readonly { name: string; inflict: (file: FoundFile) => Promise<void> }[] = [
  { name: 'empty', inflict: ({ path }) => truncate(path, 0) },
  { name: 'cut in its header', inflict: ({ path }) => truncate(path, 10) },
  { name: 'cut in its body', inflict: ({ path, sizeBytes }) => truncate(path, Math.floor(sizeBytes / 2)) },
  { name: 'cut by one byte', inflict: ({ path, sizeBytes }) => truncate(path, sizeBytes - 1) },
  { name: 'zeroed', inflict: ({ path, sizeBytes }) => overwrite(path, 0, Buffer.alloc(sizeBytes)) },
  { name: 'a bit flipped at its start', inflict: ({ path }) => flipBit(path, 0) },
  { name: 'a bit flipped in its header', inflict: ({ path }) => flipBit(path, 24) },
  { name: 'a bit flipped in its body', inflict: ({ path, sizeBytes }) => flipBit(path, Math.floor(sizeBytes / 2)) },
  { name: 'a bit flipped at its end', inflict: ({ path, sizeBytes }) => flipBit(path, sizeBytes - 1) },
]

/** Damaged files among good ones in a spool that the next process adopts. */
export const spoolDamage: Scenario = {
  name: 'spool-damage',
  title: `${DAMAGES.length} damaged files among ${ARTIFACTS} in the spool`,
  run: async ({ directory, seed }) => {
    const spoolDirectory = join(directory, 'spool')
    const proxied = await startProxiedBroker({ kind: 'refuse' })
    const { broker, proxy } = proxied
    try {
      const client = { endpoint: proxy.url, spoolDirectory }
      const parameters: ShutDownOnSigterm = { client, count: ARTIFACTS, sizeBytes: ARTIFACT_BYTES, seed }
      const worker = startWorker<ShutDownOnSigtermMessage>('shut-down-on-sigterm', { parameters })
      await worker.nextMessage()
      worker.child.kill('SIGTERM')
      await worker.nextMessage()
      await worker.ended

      const files = (await filesBelow(spoolDirectory)).filter(({ sizeBytes }) => sizeBytes > ARTIFACT_BYTES)
      if (files.length !== ARTIFACTS) throw new Error(`${files.length} of ${ARTIFACTS} artifacts are in the spool`)
      // Every second one, so that a good one follows each.
      for (const [index, { inflict }] of DAMAGES.entries()) {
        const file = files[index * 2]
        if (file) await inflict(file)
      }

      await proxy.setFault({ kind: 'pass' })
      const drain: DrainSpool = { client, quietMs: DRAIN_QUIET_MS, timeoutMs: DRAIN_TIMEOUT_MS }
      const { warnings } = await runWorker<DrainedSpool>('drain-spool', { parameters: drain })
      const quarantined = (await filesBelow(spoolDirectory)).filter(({ path }) => QUARANTINE.test(path))
      return [
        exactly('good ones delivered', (await broker.stored()).length, ARTIFACTS - DAMAGES.length),
        exactly('damaged ones in quarantine', quarantined.length, DAMAGES.length),
        exactly('warnings', warnings.length, 1),
      ]
    } finally {
      await proxied.close()
    }
  },
}

async function overwrite(path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(bytes, 0, bytes.length, position)
  } finally {
    await file.close()
  }
}

async function flipBit(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, position)
    byte[0] = (byte[0] ?? 0) ^ 0b1000
    await file.write(byte, 0, 1, position)
  } finally {
    await file.close()
  }
}
