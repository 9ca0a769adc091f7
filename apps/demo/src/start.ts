import { HELP, parseStartOptions } from './start/options.js'
import { StartError } from './start/start-error.js'
import { createStopSignal } from './start/stop-signal.js'

const EXIT_CODE_INTERRUPTED = 130

process.exitCode = await main()

async function main(): Promise<number> {
  let isOnce = false
  const stop = createStopSignal()
  try {
    const options = parseStartOptions(process.argv.slice(2))
    if (options === 'help') {
      process.stdout.write(HELP)
      return 0
    }
    isOnce = options.once
    // Loaded only now: a mistake on the command line is told at once.
    const { run } = await import('./start/run.js')
    const count = await run(options, stop)
    if (isOnce) console.log(`${count} artifacts verified`)
    return 0
  } catch (error) {
    // Ctrl-C is how `start` ends; only `--once` has a result that is missing then.
    if (stop.aborted && !(error instanceof StartError)) return isOnce ? EXIT_CODE_INTERRUPTED : 0
    console.error(error instanceof StartError ? `start: ${error.message}` : error)
    return 1
  }
}
