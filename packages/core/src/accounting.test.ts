import { type BrokerStub, type StubReply } from '@span-artifacts/test-support'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ArtifactClientStats, CountsByReason } from './accounting.js'
import { Artifact } from './artifact.js'
import type { ArtifactClient } from './client.js'
import { brokerClient } from './test-fixtures/clients.js'
import { createArtifactWriter } from './writer.js'

const total = (counts: CountsByReason): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** What is left when everything that became of the accepted artifacts is taken away: always nothing. */
function unaccountedFor(stats: ArtifactClientStats): number {
  const { accepted, uploaded, deduplicated, dropped, failed, spooled, queued, inflight } = stats
  return accepted - uploaded - deduplicated - total(dropped) - total(failed) - spooled - queued - inflight
}

const faults: readonly StubReply[] = [
  { kind: 'serve' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, afterStep: true },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 409 },
  { kind: 'status', status: 401 },
  { kind: 'invalidJson' },
  { kind: 'reset' },
]

type Operation =
  | {
      readonly kind: 'record'
      readonly content: number
      readonly sizeBytes: number
      readonly upload: 'background' | 'sync'
    }
  | { readonly kind: 'capture'; readonly sizeBytes: number; readonly end: 'finish' | 'discard' }
  | { readonly kind: 'change' }
  | { readonly kind: 'fault'; readonly step: 'register' | 'put' | 'finalize'; readonly fault: number }
  | { readonly kind: 'wait'; readonly turns: number }
  | { readonly kind: 'flush' }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      content: fc.nat(5),
      sizeBytes: fc.nat(300),
      upload: fc.constantFrom('background' as const, 'sync' as const),
    }),
  },
  fc.record({
    kind: fc.constant('capture' as const),
    sizeBytes: fc.nat(300),
    end: fc.constantFrom('finish' as const, 'discard' as const),
  }),
  fc.record({ kind: fc.constant('change' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      step: fc.constantFrom('register' as const, 'put' as const, 'finalize' as const),
      fault: fc.nat(faults.length - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.nat(5) }) },
  fc.record({ kind: fc.constant('flush' as const) }),
)

async function perform(step: Operation, client: ArtifactClient, broker: BrokerStub, buffer: Uint8Array): Promise<void> {
  switch (step.kind) {
    case 'record': {
      const data = new Uint8Array(step.sizeBytes).fill(step.content)
      new Artifact(data, { client, upload: step.upload }).reference()
      return
    }
    case 'capture': {
      const writer = createArtifactWriter({ client, maxBytes: 250 })
      writer.write(new Uint8Array(step.sizeBytes).fill(7))
      if (step.end === 'finish') writer.finish().reference()
      else writer.discard()
      return
    }
    case 'change':
      new Artifact(buffer, { client }).reference()
      buffer[0] = (buffer[0]! + 1) % 256
      return
    case 'fault':
      await broker.script(step.step, [faults[step.fault]!])
      return
    case 'wait':
      for (let turn = 0; turn < step.turns; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
      return
    case 'flush':
      await client.forceFlush({ timeoutMs: 5 })
  }
}

describe('every accepted artifact is accounted for', () => {
  test('at any moment, whatever is done and whatever the broker answers', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const { client, broker } = await brokerClient({
          maxQueueArtifacts: 6,
          maxQueueBytes: 1000,
          maxArtifactBytes: 280,
          uploadConcurrency: 2,
          breakerFailures: 3,
          giveUpAfterMs: 60,
        })
        const buffer = new Uint8Array(50)
        for (const step of operations) {
          await perform(step, client, broker, buffer)
          const stats = client.stats()
          expect(unaccountedFor(stats)).toBe(0)
          expect(stats.inflight).toBeLessThanOrEqual(2)
        }
        await client.shutdown({ timeoutMs: 20 })
        const stats = client.stats()
        expect(unaccountedFor(stats)).toBe(0)
        expect(stats).toMatchObject({ queued: 0, inflight: 0, queuedBytes: 0 })
        // What counts as uploaded is there. More may be: an answer can get lost.
        expect((await broker.stored()).length).toBeGreaterThanOrEqual(stats.uploaded)
        await broker.close()
      }),
      { numRuns: 60 },
    )
  })
})
