import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createToken } from '../auth/token.js'
import type { ServerOptions } from '../server-options.js'
import { type RunningServer, startServer } from '../start-server.js'
import type { TokenScope } from '../storage/catalog/access.js'
import { openSqliteCatalog } from '../storage/sqlite-catalog.js'
import { exchange, type ExchangeAnswer, exchangeJson } from './http-exchange.js'

/** A directory that is removed when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'span-artifacts-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A real server for one test. */
export interface TestServer extends RunningServer {
  dataDirectory: string
  /** What the server told its operator. */
  log: string[]
}

/** Starts a server on a free port; it is closed when the test is over. */
export async function testServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDirectory = options.dataDirectory ?? (await temporaryDirectory())
  const log: string[] = []
  const server = await startServer({ port: 0, log: (line) => log.push(line), ...options, dataDirectory })
  onTestFinished(() => server.close())
  return { ...server, dataDirectory, log }
}

/** Creates a token beside the server, as the command line does. */
export async function addToken(dataDirectory: string, project: string, scope: TokenScope): Promise<string> {
  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  try {
    const now = Date.now()
    const { id: projectId } = await catalog.projects.ensure(project, now)
    const { id, token, digest } = createToken(scope)
    await catalog.tokens.add({ id, projectId, scope, digest, createdAt: now, revokedAt: null })
    return token
  } finally {
    await catalog.close()
  }
}

/** `Authorization` with a token. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}

/** SHA-256 of some bytes, in hexadecimal. */
export function sha256Of(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A registration's body for some bytes. */
export function registrationOf(bytes: string | Uint8Array, changes: object = {}): Record<string, unknown> {
  const size_bytes = Buffer.byteLength(bytes)
  return { sha256: sha256Of(bytes), size_bytes, content_type: 'text/plain', filename: null, ...changes }
}

/** Registers, uploads and finalizes. Returns the digest. */
export async function storeArtifact(
  url: string,
  bytes: string | Uint8Array,
  options: { token?: string; contentType?: string; filename?: string | null } = {},
): Promise<string> {
  const { token, contentType = 'text/plain', filename = null } = options
  const headers = token === undefined ? {} : bearer(token)
  const body = registrationOf(bytes, { content_type: contentType, filename })
  const registered = expectStatus(await exchangeJson(`${url}/v1/artifacts`, body, headers), 201)
  const { sha256, status, upload } = registered.json()
  if (status === 'upload') expectStatus(await exchange(upload.url, { method: 'PUT', headers, body: bytes }), 204)
  expectStatus(await exchange(`${url}/v1/artifacts/${sha256}/finalize`, { method: 'POST', headers }), 200)
  return sha256
}

/** Fails loudly where a step that the test only builds on went wrong. */
function expectStatus(answer: ExchangeAnswer, status: number): ExchangeAnswer {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`)
  return answer
}

/** All files below the blobs of a data directory, as paths relative to it. */
export async function blobFiles(dataDirectory: string): Promise<string[]> {
  try {
    const entries = await readdir(join(dataDirectory, 'blobs'), { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
  } catch {
    return []
  }
}
