import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenarios } from './run-scenarios.js'
import { atLeast, atMost, below, exactly, type Figure, type Scenario } from './scenario.js'

const scenario = (name: string, run: Scenario['run']): Scenario => ({ name, title: `The ${name}`, run })
const met = scenario('met', async () => [below('time', 1, 2, 'ms')])
const missed = scenario('missed', async () => [below('time', 1, 2, 'ms'), exactly('lost', 3, 0)])

async function outputOf(scenarios: Scenario[], commandLine: string[] = []): Promise<{ code: number; output: string }> {
  const lines: string[] = []
  const code = await runScenarios(scenarios, commandLine, (line) => lines.push(line))
  return { code, output: lines.join('\n') }
}

test('prints each figure beside its bar, and succeeds when all are met', async () => {
  const { code, output } = await outputOf([met])
  expect(code).toBe(0)
  expect(output).toContain('ok      time: 1.00 ms  (bar < 2 ms)')
  expect(output).toContain('every bar is met')
})

test('fails when one figure of many is missed, and names it', async () => {
  const { code, output } = await outputOf([missed, met])
  expect(code).toBe(1)
  expect(output).toContain('MISSED  lost: 3  (bar = 0)')
  expect(output).toContain('1 missed:\n  missed: lost')
})

test('fails when a scenario could not be carried through, and goes on with the next', async () => {
  const broken = scenario('broken', async () => {
    throw new Error('no broker')
  })
  const { code, output } = await outputOf([broken, met])
  expect(code).toBe(1)
  expect(output).toContain('could not be measured: no broker')
  expect(output).toContain('ok      time')
})

test('fails when a scenario measured nothing', async () => {
  const { code } = await outputOf([scenario('empty', async () => [])])
  expect(code).toBe(1)
})

test('gives each scenario a directory of its own and removes it, also after an error', async () => {
  let directory = ''
  const broken = scenario('broken', async (context): Promise<Figure[]> => {
    directory = context.directory
    await writeFile(join(directory, 'left-over'), '')
    throw new Error('no broker')
  })
  await outputOf([broken])
  await expect(access(directory)).rejects.toThrow('ENOENT')
})

test('runs what it is told to, with the seed and the size it is told', async () => {
  const seen: unknown[] = []
  const watched = scenario('watched', async ({ quick, seed }) => {
    seen.push([quick, seed])
    return [atMost('count', 1, 1, 'time'), atLeast('count', 1, 1)]
  })
  const { code } = await outputOf([missed, watched], ['--quick', '--seed', '7', '--only', 'watched'])
  expect([code, seen]).toEqual([0, [[true, 7]]])
})

test.each([
  [['--only', 'nothing'], 'there is no scenario nothing: known are met'],
  [['--seed', 'x'], '--seed is x'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses a wrong command line: %s', async (commandLine, message) => {
  const { code, output } = await outputOf([met], commandLine)
  expect(code).toBe(2)
  expect(output).toContain(message)
})
