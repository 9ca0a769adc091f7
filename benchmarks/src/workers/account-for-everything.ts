// Random sequences of operations against a broker that fails at random; the books must balance after every step.
import { setTimeout as delay } from 'node:timers/promises'
import { Artifact, ArtifactClient } from '@span-artifacts/core'
import {
  type Fault,
  type HandshakeStep,
  startBrokerStub,
  startFaultProxy,
  type StubReply,
} from '@span-artifacts/test-support'
import * as fc from 'fast-check'
import { accountingError } from '../harness/accounting-identity.js'
import { recordDiagnostics } from '../harness/diagnostics-recorder.js'
import type { ClientOptions } from '../harness/spool-options.js'
import { KIB } from '../harness/unit.js'
import { parametersJson, tellScenario } from '../harness/worker.js'

export interface AccountForEverything {
  sequences: number
  seed: number
  /** each sequence gets a directory of its own below it */
  spoolDirectory: string
}

export interface AccountedForEverything {
  sequences: number
  /** how often the books were read */
  readings: number
  /** what was wrong with them, and the path by which fast-check finds the sequence again */
  problem: string | undefined
}

type Operation =
  | { kind: 'record'; content: number; sizeBytes: number }
  | { kind: 'script'; step: HandshakeStep; reply: StubReply }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'wait'; milliseconds: number }
  | { kind: 'flush'; timeoutMs: number }
  | { kind: 'shutdown' }

const STEPS: readonly HandshakeStep[] = ['register', 'put', 'finalize']
const STATUSES = [400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 507]
const MAX_OPERATIONS = 40

const step = fc.constantFrom(...STEPS)
const reply: fc.Arbitrary<StubReply> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(...STATUSES), afterStep: fc.boolean() }),
  fc.constantFrom<StubReply>({ kind: 'invalidJson' }, { kind: 'reset' }, { kind: 'hang' }),
  fc.record({ kind: fc.constant('delay' as const), delayMs: fc.nat(20) }),
)
const during = fc.constantFrom('request' as const, 'response' as const)
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fault>({ kind: 'pass' }) },
  { weight: 1, arbitrary: fc.constantFrom<Fault>({ kind: 'refuse' }, { kind: 'blackHole' }, { kind: 'loseResponse' }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reset' as const), during, atPercent: fc.constantFrom(0, 50, 99) }),
  },
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    // Few contents, so that some are recorded again while they are on their way.
    arbitrary: fc.record({ kind: fc.constant('record' as const), content: fc.nat(6), sizeBytes: fc.nat(6 * KIB) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('script' as const), step, reply }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fault' as const), fault }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.nat(15) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), timeoutMs: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.constant<Operation>({ kind: 'shutdown' }) },
)

const { sequences, seed, spoolDirectory }: AccountForEverything = JSON.parse(parametersJson)
recordDiagnostics()
const broker = await startBrokerStub()
const proxy = await startFaultProxy({ target: broker.url })
await broker.advertise({ broker: proxy.url })
let readings = 0
let directories = 0

async function run(operations: readonly Operation[]): Promise<void> {
  directories += 1
  const options: ClientOptions = {
    endpoint: proxy.url,
    spoolDirectory: `${spoolDirectory}/${directories}`,
    // Small, so that random sequences fill memory and spool.
    maxQueueBytes: 16 * KIB,
    maxQueueArtifacts: 6,
    maxSpoolBytes: 32 * KIB,
    maxArtifactBytes: 5 * KIB,
    requestTimeoutMs: 60,
    stallTimeoutMs: 60,
    retryInitialDelayMs: 1,
    retryMaxDelayMs: 8,
    giveUpAfterMs: 80,
  }
  await proxy.setFault({ kind: 'pass' })
  await broker.forget()
  const client = new ArtifactClient(options)
  let recorded = 0
  const check = (after: string): void => {
    readings += 1
    const stats = client.stats()
    if (accountingError(stats) === 0 && stats.accepted === recorded) return
    throw new Error(`after ${after}, ${recorded} recorded: ${JSON.stringify(stats)}`)
  }
  try {
    for (const step of operations) {
      switch (step.kind) {
        case 'record':
          new Artifact(Buffer.alloc(step.sizeBytes, step.content), { client }).reference()
          recorded += 1
          break
        case 'script':
          await broker.script(step.step, [step.reply])
          break
        case 'fault':
          await proxy.setFault(step.fault)
          break
        case 'wait':
          await delay(step.milliseconds)
          break
        case 'flush':
          await client.forceFlush({ timeoutMs: step.timeoutMs })
          break
        case 'shutdown':
          await client.shutdown({ timeoutMs: 10 })
          break
      }
      check(step.kind)
    }
    await client.shutdown({ timeoutMs: 20 })
    check('the end')
    const { queued, inflight } = client.stats()
    if (queued + inflight > 0) throw new Error(`${queued + inflight} artifacts outlive the shutdown`)
  } finally {
    await client.shutdown({ timeoutMs: 0 })
  }
}

const property = fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: MAX_OPERATIONS, size: 'max' }), run)
const details = await fc.check(property, { numRuns: sequences, seed, endOnFailure: true })
const result: AccountedForEverything = {
  sequences: details.numRuns,
  readings,
  problem: details.failed ? `${String(details.errorInstance)} (path ${details.counterexamplePath})` : undefined,
}
await tellScenario(result)
process.exit(0)
