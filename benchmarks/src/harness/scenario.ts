/** One measured figure beside the bar that it must meet. */
export interface Figure {
  /** what was measured, such as `peak RSS over base` */
  name: string
  /** as it is printed, with its unit */
  measured: string
  /** as it is printed, such as `< 48 MiB` */
  bar: string
  met: boolean
}

/** What a scenario gets from its run. */
export interface ScenarioContext {
  /** smaller sizes and fewer repetitions, with the same bars: for continuous integration */
  quick: boolean
  /** decides everything that is random */
  seed: number
  /** an empty directory of its own, on a real disk; removed afterwards */
  directory: string
  /** a line about progress, on stderr */
  progress: (line: string) => void
}

/** Something that is done to the client, in child processes, and the figures that come out. */
export interface Scenario {
  /** for `--only`, in kebab-case */
  name: string
  /** for people */
  title: string
  /** @throws when it could not be carried through, which counts as a missed figure */
  run(context: ScenarioContext): Promise<Figure[]>
}

/** A figure that must be below a bar. */
export function below(name: string, value: number, bar: number, unit: string): Figure {
  return { name, measured: `${rounded(value)} ${unit}`, bar: `< ${bar} ${unit}`, met: value < bar }
}

/** A figure that must be at most a bar. */
export function atMost(name: string, value: number, bar: number, unit: string): Figure {
  return { name, measured: `${rounded(value)} ${unit}`, bar: `≤ ${bar} ${unit}`, met: value <= bar }
}

/** A count that must not be lower. */
export function atLeast(name: string, value: number, bar: number): Figure {
  return { name, measured: String(value), bar: `≥ ${bar}`, met: value >= bar }
}

/** A count that must be exact. */
export function exactly(name: string, value: number, bar: number): Figure {
  return { name, measured: String(value), bar: `= ${bar}`, met: value === bar }
}

function rounded(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1)
}
