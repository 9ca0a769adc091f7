import { DataDirectoryError, ServerStartError, startServer, type RunningServer } from '@span-artifacts/server'
import { createArtifactServer } from '../verification/artifact-server.js'
import type { StartOptions } from './options.js'
import { describeTakenPort } from './require-free-ports.js'
import { StartError } from './start-error.js'

/**
 * Starts the Span Artifacts server in this process.
 *
 * @throws StartError naming the option that helps
 */
export async function startLocalServer({ serverPort, dataDirectory }: StartOptions): Promise<RunningServer> {
  const server = await listen(serverPort, dataDirectory)
  try {
    // Somebody may have made tokens in this directory; the help desk has none.
    if (await createArtifactServer(server.url).needsTokens()) {
      throw new StartError(`The data in ${dataDirectory} is protected by tokens. Choose another directory with --data.`)
    }
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

async function listen(port: number, dataDirectory: string): Promise<RunningServer> {
  try {
    return await startServer({ port, dataDirectory, log: (line) => console.error(`server: ${line}`) })
  } catch (error) {
    if (error instanceof DataDirectoryError) {
      throw new StartError(`The ${error.message}. Choose another directory with --data.`, { cause: error })
    }
    if (error instanceof ServerStartError) {
      throw new StartError(explainFailure(error, port), { cause: error })
    }
    throw error
  }
}

function explainFailure({ cause, message }: ServerStartError, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') return describeTakenPort('server', port)
  if (code === 'EACCES') return `Port ${port} of the server is not allowed. Choose another with --server-port.`
  return `The server could not start: ${message}.`
}
