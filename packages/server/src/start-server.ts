import { getRequestListener } from '@hono/node-server'
import { createApp } from './app.js'
import { createArtifactService } from './artifacts/artifact-service.js'
import { startCollector } from './artifacts/collector.js'
import { createAuthenticator, defaultProjectName } from './auth/authenticator.js'
import { isLoopbackAddress } from './auth/browser-guard.js'
import { type CompleteServerOptions, completeOptions } from './complete-options.js'
import { createHttpServer } from './http/http-server.js'
import { createServerMetrics } from './metrics.js'
import type { ServerOptions } from './server-options.js'
import { ServerStartError } from './server-start-error.js'
import { lockDataDirectory, prepareDataDirectory } from './storage/data-directory.js'
import { fileBlobStore } from './storage/file-blob-store.js'
import { openSqliteCatalog } from './storage/sqlite-catalog.js'
import { loadViewerFiles } from './viewer-files.js'

/** A server that listens. */
export interface RunningServer {
  /** Where it listens, without a trailing slash, such as `http://127.0.0.1:4319`. */
  readonly url: string
  /**
   * Takes no more connections, lets requests under way end (they have `shutdownTimeoutMs`), and closes the database.
   * Resolves when all is closed. Calling it again returns the same promise.
   */
  close: () => Promise<void>
}

/**
 * Starts the broker, the OTLP receiver, the read API and the viewer on one port, with files on disk and an embedded
 * database.
 *
 * Without any token the server is open to everybody who reaches it, and so listens on loopback addresses only.
 *
 * @throws ServerStartError when an option is unknown or wrong, or the port is taken
 * @throws DataDirectoryError when the data directory cannot be used or another server uses it
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const closing = createClosingSteps()
  try {
    const url = await start(completeOptions(options), closing)
    return { url, close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}

async function start(options: CompleteServerOptions, closing: ClosingSteps): Promise<string> {
  const { host, port, fixedTokens = {}, log = (line): void => console.error(line) } = options
  const publicUrl = parsePublicUrl(options.publicUrl)

  const data = await prepareDataDirectory(options.dataDirectory)
  closing.add(lockDataDirectory(options.dataDirectory))
  const catalog = await openSqliteCatalog(data.catalogPath)
  closing.add(() => catalog.close())
  const blobs = fileBlobStore(data.blobsPath)

  const project = await catalog.projects.ensure(defaultProjectName, Date.now())
  const authenticator = createAuthenticator({ catalog, fixedTokens, defaultProjectId: project.id })
  const isOpen = await authenticator.isOpen()
  if (isOpen) requireLoopback(host)

  const swept = await blobs.sweep()
  if (swept > 0) log(`removed ${swept} unfinished upload(s) of an earlier run`)
  const collector = startCollector({
    blobs,
    catalog: catalog.artifacts,
    onError: (error) => log(`collecting deleted artifacts failed: ${describeError(error)}`),
  })
  closing.add(() => collector.stop())

  const metrics = createServerMetrics()
  const app = createApp({
    artifacts: createArtifactService({ ...options, blobs, catalog: catalog.artifacts }),
    authenticator,
    blobs,
    catalog,
    viewer: await loadViewerFiles(),
    metrics,
    ...(publicUrl !== undefined && { publicUrl }),
    maxTraceRequestBytes: options.maxTraceRequestBytes,
    pace: { minimumBytesPerSecond: options.minimumUploadBytesPerSecond, windowMs: options.uploadPaceWindowMs },
    onError: (error, request) => log(`${request.method} ${request.path}: ${describeError(error)}`),
  })
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    autoCleanupIncoming: false,
    hostname: host,
  })
  const server = createHttpServer((request, response) => {
    response.once('finish', () => metrics.countAnswer(request.method ?? '', response.statusCode))
    return listener(request, response)
  })
  const url = await server.listen(host, port).catch((cause: unknown) => {
    throw new ServerStartError(listenFailure(cause, host, port), { cause })
  })
  closing.add(() => server.close(options.shutdownTimeoutMs))
  if (isOpen) log('no tokens are configured: whoever can open a port of this machine can read and write everything')
  return url
}

interface ClosingSteps {
  add(step: () => unknown): void
  /** Takes the steps in reverse order, once. */
  close: () => Promise<void>
}

function createClosingSteps(): ClosingSteps {
  const steps: (() => unknown)[] = []
  const takeSteps = async (): Promise<void> => {
    for (const step of steps.toReversed()) await step()
  }
  let closed: Promise<void> | undefined
  return {
    add: (step) => steps.push(step),
    close: () => (closed ??= takeSteps()),
  }
}

function parsePublicUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url !== undefined && isPlain && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  // The text is not repeated: what is wrong with it may be a password.
  throw new ServerStartError('publicUrl: must be an http or https URL without credentials, query and fragment')
}

function requireLoopback(host: string): void {
  if (isLoopbackAddress(host)) return
  throw new ServerStartError(
    `host: without any token the server listens on loopback addresses only, not on ${host}; ` +
      'create one first (span-artifacts token create --project NAME --scope write)',
  )
}

function listenFailure(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken on ${host}; choose another one with --port, or 0 for any free one`
    case 'EACCES':
      return `listening on port ${port} is not permitted; choose one above 1023 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine; choose another one with --host`
    default:
      return `cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
