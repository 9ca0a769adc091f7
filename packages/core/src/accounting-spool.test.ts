import { rm, truncate } from 'node:fs/promises'
import { type BrokerStub, type StubReply } from '@span-artifacts/test-support'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import type { ArtifactClient } from './client.js'
import { spoolFixture, startBroker, unaccountedFor } from './test-fixtures/spool.js'
import { createArtifactWriter } from './writer.js'

const spool = spoolFixture()

const faults: readonly StubReply[] = [
  { kind: 'serve' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, afterStep: true },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 401 },
  { kind: 'reset' },
]

type Operation =
  | { readonly kind: 'record'; readonly content: number; readonly sizeBytes: number }
  | { readonly kind: 'capture'; readonly content: number; readonly end: 'finish' | 'discard' }
  | { readonly kind: 'change' }
  | { readonly kind: 'fault'; readonly step: 'register' | 'put' | 'finalize'; readonly fault: number }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'damage' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'restart' }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('record' as const), content: fc.nat(9), sizeBytes: fc.nat(3000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('capture' as const),
      content: fc.nat(3),
      end: fc.constantFrom('finish' as const, 'discard' as const),
    }),
  },
  fc.constant<Operation>({ kind: 'change' }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      step: fc.constantFrom('register' as const, 'put' as const, 'finalize' as const),
      fault: fc.nat(faults.length - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.nat(8) }) },
  fc.constant<Operation>({ kind: 'flush' }),
  fc.constant<Operation>({ kind: 'damage' }),
  fc.constant<Operation>({ kind: 'delete' }),
  fc.constant<Operation>({ kind: 'restart' }),
)

/** Small, so that random sequences fill memory and spool. */
function startClient(broker: BrokerStub, spoolDirectory: string): ArtifactClient {
  return spool.startClient({
    endpoint: broker.url,
    spoolDirectory,
    maxQueueArtifacts: 4,
    maxQueueBytes: 4000,
    maxArtifactBytes: 100_000,
    maxSpoolBytes: 130_000,
    maxSpoolFiles: 6,
    uploadConcurrency: 2,
    breakerFailures: 3,
    giveUpAfterMs: 30,
  })
}

/** @returns the client that goes on: a new one after a restart */
async function perform(
  step: Operation,
  {
    client,
    broker,
    spoolDirectory,
    buffer,
  }: { client: ArtifactClient; broker: BrokerStub; spoolDirectory: string; buffer: Uint8Array },
): Promise<ArtifactClient> {
  switch (step.kind) {
    case 'record':
      new Artifact(new Uint8Array(step.sizeBytes).fill(step.content), { client }).reference()
      break
    case 'capture': {
      const writer = createArtifactWriter({ client })
      for (let part = 0; part < 3; part += 1) writer.write(new Uint8Array(30_000).fill(step.content))
      if (step.end === 'finish') writer.finish().reference()
      else writer.discard()
      break
    }
    case 'change':
      new Artifact(buffer, { client }).reference()
      buffer[0] = ((buffer[0] ?? 0) + 1) % 256
      break
    case 'fault':
      await broker.script(step.step, [faults[step.fault] ?? { kind: 'serve' }])
      break
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, step.milliseconds))
      break
    case 'flush':
      await client.forceFlush({ timeoutMs: 5 })
      break
    case 'damage': {
      const [file] = await spool.files()
      // It may have been uploaded and deleted meanwhile.
      if (file !== undefined) await truncate(file, 2100).catch(() => undefined)
      break
    }
    case 'delete':
      await rm(spoolDirectory, { recursive: true, force: true, maxRetries: 10 })
      break
    case 'restart':
      await client.shutdown({ timeoutMs: 30 })
      if (unaccountedFor(client.stats()) !== 0) throw new Error(`at the shutdown: ${JSON.stringify(client.stats())}`)
      return startClient(broker, spoolDirectory)
  }
  return client
}

describe('with a spool, too', () => {
  test(
    'every accepted artifact is accounted for, whatever happens to broker and disk',
    { timeout: 120_000 },
    async () => {
      const broker = await startBroker()
      let sequences = 0
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
          sequences += 1
          const spoolDirectory = `${spool.spoolDirectory}/${sequences}`
          const buffer = new Uint8Array(5000)
          await broker.forget()
          let client = startClient(broker, spoolDirectory)
          for (const step of operations) {
            client = await perform(step, { client, broker, spoolDirectory, buffer })
            expect(unaccountedFor(client.stats())).toBe(0)
          }
          await client.shutdown({ timeoutMs: 20 })
          expect(unaccountedFor(client.stats())).toBe(0)
          expect(client.stats()).toMatchObject({ queued: 0, inflight: 0, queuedBytes: 0 })
        }),
        { numRuns: 40 },
      )
    },
  )
})
