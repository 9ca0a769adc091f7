import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp } from './app.js'
import { createArtifactService } from './artifacts/artifact-service.js'
import { createAuthenticator, defaultProjectName } from './auth/authenticator.js'
import { isLoopbackName } from './auth/browser-guard.js'
import { drainAfterAnswer, holdContinue } from './http/request-body.js'
import { createServerMetrics } from './metrics.js'
import { serverDefaults, type ServerOptions } from './server-options.js'
import { lockDataDirectory, prepareDataDirectory } from './storage/data-directory.js'
import { fileBlobStore } from './storage/file-blob-store.js'
import { openSqliteCatalog } from './storage/sqlite-catalog.js'
import { loadViewerFiles } from './viewer-files.js'

/** A server that listens. */
export interface RunningServer {
  /** Where it listens, without a trailing slash, such as `http://127.0.0.1:4319`. */
  url: string
  /**
   * Takes no more connections, lets requests under way end (they have `shutdownTimeoutMs`), and closes the database.
   * Resolves when all is closed. Calling it again returns the same promise.
   */
  close(): Promise<void>
}

/** The server cannot start with these options; the message names the option and says what to do. */
export class ServerStartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerStartError'
  }
}

/**
 * Starts the broker, the OTLP receiver, the read API and the viewer on one port, with files on disk and an embedded
 * database.
 *
 * Without any token the server is open to everybody who reaches it, and so listens on loopback addresses only.
 *
 * @throws ServerStartError when an option is wrong or the port is taken
 * @throws DataDirectoryError when the data directory cannot be used or another server uses it
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = { ...serverDefaults, ...options }
  const log = options.log ?? ((line) => console.error(line))
  const publicUrl = parsePublicUrl(options.publicUrl)
  const data = await prepareDataDirectory(settings.dataDirectory)
  const unlock = lockDataDirectory(settings.dataDirectory)
  try {
    const catalog = await openSqliteCatalog(data.catalogPath)
    try {
      const project = await catalog.projects.ensure(defaultProjectName, Date.now())
      const authenticator = createAuthenticator({
        catalog,
        fixedTokens: options.fixedTokens ?? {},
        defaultProjectId: project.id,
      })
      const isOpen = await authenticator.isOpen()
      if (isOpen) requireLoopback(settings.host)
      const blobs = fileBlobStore(data.blobsPath)
      const swept = await blobs.sweep()
      if (swept > 0) log(`removed ${swept} unfinished upload(s) of an earlier run`)
      const metrics = createServerMetrics()
      const app = createApp({
        artifacts: createArtifactService({ ...settings, blobs, catalog: catalog.artifacts }),
        authenticator,
        blobs,
        catalog,
        viewer: await loadViewerFiles(),
        metrics,
        ...(publicUrl !== undefined && { publicUrl }),
        maxTraceRequestBytes: settings.maxTraceRequestBytes,
        pace: {
          minimumBytesPerSecond: settings.minimumUploadBytesPerSecond,
          windowMs: settings.uploadPaceWindowMs,
        },
        onError: (error, request) => log(`${request.method} ${request.path}: ${describe(error)}`),
      })
      const listener = getRequestListener(app.fetch, {
        overrideGlobalObjects: false,
        autoCleanupIncoming: false,
        hostname: settings.host,
      })
      // A slow but moving upload may take long: the pace of each body is watched instead.
      const server = createServer({ requestTimeout: 0 }, (request, response) => {
        drainAfterAnswer(request, response)
        response.once('finish', () => metrics.countAnswer(request.method ?? '', response.statusCode))
        void listener(request, response)
      })
      server.on('checkContinue', (request, response) => {
        holdContinue(request, response)
        server.emit('request', request, response)
      })
      const url = await listen(server, settings.host, settings.port)
      if (isOpen)
        log('no tokens are configured: everybody on this machine may read and write (see: span-artifacts token)')
      return {
        url,
        close: once(async () => {
          await closeServer(server, settings.shutdownTimeoutMs)
          await catalog.close()
          unlock()
        }),
      }
    } catch (error) {
      await catalog.close()
      throw error
    }
  } catch (error) {
    unlock()
    throw error
  }
}

function parsePublicUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new ServerStartError(`publicUrl: ${JSON.stringify(text)} is not an http or https URL`)
}

function requireLoopback(host: string): void {
  if (isLoopbackName(host)) return
  throw new ServerStartError(
    `host: without any token the server listens on loopback addresses only, not on ${host}; ` +
      'create one first (span-artifacts token create --project NAME --scope write)',
  )
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new ServerStartError(listenFailure(cause, host, port), { cause }))
    })
    server.listen({ host, port }, () => {
      const { address, family, port: actual } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`)
    })
  })
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port: ${port} is taken on ${host}; choose another one with --port, or 0 for any free one`
    case 'EACCES':
      return `port: listening on ${port} is not permitted; choose one above 1023 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `host: ${host} is not an address of this machine`
    default:
      return `cannot listen on ${host}:${port}: ${error.message}`
  }
}

async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearTimeout(deadline)
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
