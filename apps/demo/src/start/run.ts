import { sendSampleTraffic } from '../traffic/sample-traffic.js'
import { loadSamples } from '../traffic/samples.js'
import { createArtifactServer } from '../verification/artifact-server.js'
import { verifyExchange, type VerifiedExchange } from '../verification/verify-exchange.js'
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
    const helpDesk = await startHelpDesk({ port: options.demoPort, serverUrl: server.url }).catch((error: unknown) => {
      // Ctrl-C reaches the child too, and ends it before it can say anything.
      stop.throwIfAborted()
      throw error
    })
    let verified: VerifiedExchange[]
    try {
      console.log(helpDesk.models)
      verified = await exercise(helpDesk.url, server.url, stop)
      if (!options.once) await stayUp(helpDesk, server.url, stop)
    } finally {
      await helpDesk.stop()
    }
    const result = await helpDesk.exited
    if (result !== 0) throw new StartError(`The help desk did not end well (${result}). What it printed says why.`)
    if (options.once) requireNoProblems(verified)
    return verified.reduce((count, { artifacts }) => count + artifacts.length, 0)
  } finally {
    await server.close()
  }
}

/** Sends the traffic, waits for what must come of it, and tells about each trace. */
async function exercise(helpDeskUrl: string, serverUrl: string, signal: AbortSignal): Promise<VerifiedExchange[]> {
  const exchanges = await sendSampleTraffic(helpDeskUrl, await loadSamples(), signal)
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

async function stayUp({ url, exited }: HelpDeskProcess, viewerUrl: string, stop: AbortSignal): Promise<void> {
  console.log(`\nViewer:    ${viewerUrl}/\nHelp desk: ${url}/\nCtrl-C ends both.`)
  const ended = await Promise.race([aborted(stop), exited])
  if (ended !== 'aborted') throw new StartError(`The help desk ended by itself (${ended}). What it printed says why.`)
}

function requireNoProblems(verified: readonly VerifiedExchange[]): void {
  const problems = verified.flatMap(({ exchange, problems }) =>
    problems.map((problem) => `${exchange.title} (trace ${exchange.traceId}): ${problem}`),
  )
  if (problems.length === 0) return
  throw new StartError(`These artifacts are missing or wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
}
