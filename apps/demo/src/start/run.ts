import { sendFrontEndTraffic } from '../traffic/front-end-traffic.js'
import { sendSampleTraffic } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { createArtifactServer } from '../verification/artifact-server.js'
import { verifyExchange, type VerifiedExchange } from '../verification/verify-exchange.js'
import { startFrontEnd, type FrontEndProcess } from './front-end-process.js'
import { startHelpDesk, type HelpDeskProcess } from './help-desk-process.js'
import { startLocalServer } from './local-server.js'
import type { StartOptions } from './options.js'
import { describeTrace } from './report.js'
import { requireFreePorts } from './require-free-ports.js'
import { StartError } from './start-error.js'
import { aborted } from './stop-signal.js'

/** How long spans and blobs may take to arrive after the last answer. */
const ARRIVAL_TIMEOUT_MS = 30_000

/**
 * Everything that `start` does, from the first port to the last child.
 *
 * @param stop ends it early; everything that was started is ended then
 * @returns how many artifacts were verified
 * @throws StartError if something could not start, or with `once` if anything is missing or wrong
 */
export async function run(options: StartOptions, stop: AbortSignal): Promise<number> {
  await requireFreePorts(options)
  const server = await startLocalServer(options)
  try {
    let verified: VerifiedExchange[] = []
    const starting = startHelpDesk({ port: options.demoPort, serverUrl: server.url })
    await withProcess('help desk', starting, stop, async (helpDesk) => {
      const locations = { port: options.webPort, serverUrl: server.url, helpDeskUrl: helpDesk.url }
      await withProcess('front end', startFrontEnd(locations), stop, async (frontEnd) => {
        console.log(helpDesk.models)
        verified = await exercise({ helpDesk, frontEnd, serverUrl: server.url }, stop)
        if (!options.once) await stayUp({ helpDesk, frontEnd, serverUrl: server.url }, stop)
      })
    })
    if (options.once) requireNoProblems(verified)
    return verified.reduce((count, { artifacts }) => count + artifacts.length, 0)
  } finally {
    await server.close()
  }
}

interface Running {
  readonly helpDesk: HelpDeskProcess
  readonly frontEnd: FrontEndProcess
  readonly serverUrl: string
}

/** Does something while a process runs, and ends it afterwards, whatever happens. */
async function withProcess<Process extends HelpDeskProcess | FrontEndProcess>(
  name: string,
  starting: Promise<Process>,
  stop: AbortSignal,
  use: (process: Process) => Promise<void>,
): Promise<void> {
  const process = await starting.catch((error: unknown) => {
    // Ctrl-C reaches the child too, and ends it before it can say anything.
    stop.throwIfAborted()
    throw error
  })
  try {
    await use(process)
  } finally {
    await process.stop()
  }
  const result = await process.exited
  if (result !== 0) throw new StartError(`The ${name} did not end well (${result}). What it printed says why.`)
}

/** Sends the traffic, waits for what must come of it, and tells about each trace. */
async function exercise({ helpDesk, frontEnd, serverUrl }: Running, signal: AbortSignal): Promise<VerifiedExchange[]> {
  const samples = await loadSamples()
  const exchanges = [
    ...(await sendSampleTraffic(helpDesk.url, samples, signal)),
    ...(await sendFrontEndTraffic(frontEnd.url, samples, signal)),
  ]
  const server = createArtifactServer(serverUrl)
  const deadline = Date.now() + ARRIVAL_TIMEOUT_MS
  const verified: VerifiedExchange[] = []
  for (const exchange of exchanges) {
    const result = await verifyExchange(server, exchange, { deadline, signal })
    console.log(describeTrace(result, serverUrl))
    verified.push(result)
  }
  return verified
}

async function stayUp({ helpDesk, frontEnd, serverUrl }: Running, stop: AbortSignal): Promise<void> {
  console.log(
    `\nViewer:    ${serverUrl}/\nHelp desk: ${helpDesk.url}/\nFront end: ${frontEnd.url}/\nCtrl-C ends them all.`,
  )
  const ended = await Promise.race([
    aborted(stop),
    helpDesk.exited.then((result) => `The help desk ended by itself (${result}).`),
    frontEnd.exited.then((result) => `The front end ended by itself (${result}).`),
  ])
  if (ended !== 'aborted') throw new StartError(`${ended} What it printed says why.`)
}

function requireNoProblems(verified: readonly VerifiedExchange[]): void {
  const problems = verified.flatMap(({ exchange, problems }) =>
    problems.map((problem) => `${exchange.title} (trace ${exchange.traceId}): ${problem}`),
  )
  if (problems.length === 0) return
  throw new StartError(`These artifacts are missing or wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
}
