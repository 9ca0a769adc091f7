import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@span-artifacts/server'
import { startFrontEnd, type FrontEndProcess } from '../start/front-end-process.js'
import { startHelpDesk, type HelpDeskProcess } from '../start/help-desk-process.js'
import { createArtifactServer, type ArtifactServer } from '../verification/artifact-server.js'

/** A server and a help desk that reports to it, each on a free port, with a data directory of their own. */
export interface RunningDemo extends AsyncDisposable {
  readonly server: ArtifactServer
  readonly helpDesk: HelpDeskProcess
}

/** Tests call no paid model, whatever keys the person has who runs them. */
export const NO_MODEL_KEYS = { AI_GATEWAY_API_KEY: '', OPENAI_API_KEY: '' }

/** @param environment variables for the help desk */
export async function startDemo(environment: Readonly<Record<string, string>> = {}): Promise<RunningDemo> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'span-artifacts-demo-'))
  const server = await startServer({ port: 0, dataDirectory, log: () => {} })
  const helpDesk = await startHelpDesk({
    port: 0,
    serverUrl: server.url,
    environment: { ...NO_MODEL_KEYS, ...environment },
  })
  return {
    server: createArtifactServer(server.url),
    helpDesk,
    async [Symbol.asyncDispose]() {
      await helpDesk.stop()
      await server.close()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}

/**
 * The same with the front end, which hands its tickets to the help desk.
 *
 * @param environment variables for both
 */
export async function startDemoWithFrontEnd(
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningDemo & { readonly frontEnd: FrontEndProcess }> {
  const demo = await startDemo(environment)
  const locations = { serverUrl: demo.server.url, helpDeskUrl: demo.helpDesk.url }
  const frontEnd = await startFrontEnd({ port: 0, ...locations, environment })
  return {
    ...demo,
    frontEnd,
    async [Symbol.asyncDispose]() {
      await frontEnd.stop()
      await demo[Symbol.asyncDispose]()
    },
  }
}

/** When a test gives up on something that must arrive, in milliseconds since the epoch. */
export function arrivalDeadline(): number {
  const ARRIVAL_TIMEOUT_MS = 20_000
  return Date.now() + ARRIVAL_TIMEOUT_MS
}
