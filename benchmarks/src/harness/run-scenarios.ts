import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure, Scenario } from './scenario.js'

const DEFAULT_SEED = 1
const MS_PER_SECOND = 1000
const EXIT_MET = 0
const EXIT_MISSED = 1
const EXIT_WRONG_USE = 2
const USAGE = `options:
  --quick          smaller sizes and fewer repetitions, the same bars
  --only <name>    this scenario only; may be given several times
  --seed <number>  of everything random (default ${DEFAULT_SEED})
  --list           names the scenarios`

interface RunOptions {
  quick: boolean
  only: readonly string[]
  seed: number
  list: boolean
}

/**
 * The command line of a set of scenarios: runs them one after the other and prints each figure beside its bar.
 *
 * @param commandLine what follows the script's name
 * @param print gets each line; default: the standard output
 * @returns the exit code: 0 when every bar is met, 1 when one is missed or could not be measured, 2 for a wrong use
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  commandLine: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  let options: RunOptions
  try {
    options = readOptions(scenarios, commandLine)
  } catch (error) {
    print(`error: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return EXIT_WRONG_USE
  }
  const chosen = scenarios.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
  if (options.list) {
    for (const { name, title } of chosen) print(`${name}: ${title}`)
    return EXIT_MET
  }

  const missed: string[] = []
  for (const scenario of chosen) {
    print(`\n${scenario.title}  [${scenario.name}]`)
    const startedMs = performance.now()
    for (const figure of await runOne(scenario, options)) {
      print(`  ${figure.met ? 'ok    ' : 'MISSED'}  ${figure.name}: ${figure.measured}  (bar ${figure.bar})`)
      if (!figure.met) missed.push(`${scenario.name}: ${figure.name}`)
    }
    print(`          ${((performance.now() - startedMs) / MS_PER_SECOND).toFixed(1)} s`)
  }
  if (missed.length === 0) {
    print('\nevery bar is met')
    return EXIT_MET
  }
  print(`\n${missed.length} missed:\n  ${missed.join('\n  ')}`)
  return EXIT_MISSED
}

function progress(line: string): void {
  process.stderr.write(`          ${line}\n`)
}

async function runOne(scenario: Scenario, options: RunOptions): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), `span-artifacts-${scenario.name}-`))
  try {
    const figures = await scenario.run({ quick: options.quick, seed: options.seed, directory, progress })
    return figures.length > 0 ? figures : [unmeasured('it gave no figure')]
  } catch (error) {
    return [unmeasured(error instanceof Error ? error.message : String(error))]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** What could not be measured has not met its bar. */
function unmeasured(why: string): Figure {
  return { name: 'could not be measured', measured: why, bar: 'no error', met: false }
}

/** @throws Error that says what is wrong with the command line */
function readOptions(scenarios: readonly Scenario[], commandLine: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
      list: { type: 'boolean', default: false },
    },
  })
  const { quick, only, list } = values
  const names = scenarios.map(({ name }) => name)
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}: known are ${names.join(', ')}`)
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed is ${values.seed}: it must be a whole number`)
  return { quick, only, seed, list }
}
