import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAcknowledgements } from './acknowledgements.js'
import { type CrashRun, runCrashes } from './run-crashes.js'

const script = new URL('../test-fixtures/crashing-worker.mjs', import.meta.url)
let directory: string
let path: string
let run: CrashRun

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'crash-runner-'))
  path = join(directory, 'acknowledged')
  run = { script, arguments: [path], kills: 3, seed: 7, lifeMs: { min: 5, max: 40 } }
})

afterEach(() => rm(directory, { recursive: true }))

describe('the crash runner', () => {
  test('kills each worker at work, and keeps every line it acknowledged', async () => {
    const seen: number[] = []
    const report = await runCrashes({ ...run, onKill: (kills) => seen.push(kills) })
    expect(report).toEqual({ kills: 3, startUpFailures: [], earlyExits: [] })
    expect(seen).toEqual([1, 2, 3])

    const byWorker = new Map<string, number[]>()
    for (const line of await readAcknowledgements(path)) {
      const [pid = '', number] = line.split(' ')
      byWorker.set(pid, [...(byWorker.get(pid) ?? []), Number(number)])
    }
    expect(byWorker.size).toBe(3)
    for (const numbers of byWorker.values()) expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  test('tells a worker that cannot start from one that was killed', async () => {
    const { kills, startUpFailures } = await runCrashes({ ...run, kills: 2, arguments: [path, 'fails'] })
    expect(kills).toBe(0)
    expect(startUpFailures).toHaveLength(2)
    expect(startUpFailures[0]).toContain('cannot start today')
  })

  test('gives up on a worker that never gets ready', async () => {
    const report = await runCrashes({ ...run, kills: 1, arguments: [path, 'never-ready'], startUpTimeoutMs: 300 })
    expect(report.startUpFailures).toEqual([expect.stringContaining('not ready after 300 ms')])
  })

  test('reports a worker that ends by itself', async () => {
    const lifeMs = { min: 20_000, max: 20_000 }
    const report = await runCrashes({ ...run, kills: 1, arguments: [path, 'exits'], lifeMs })
    expect(report.earlyExits).toEqual([expect.stringContaining('ended with 0')])
  })
})

describe('the log of acknowledgements', () => {
  test('leaves out a line whose end was never written', async () => {
    await appendFile(path, 'one\ntwo\nthr')
    expect(await readAcknowledgements(path)).toEqual(['one', 'two'])
  })

  test('has no lines before anything was acknowledged', async () => {
    expect(await readAcknowledgements(path)).toEqual([])
  })
})
