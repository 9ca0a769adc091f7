import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { artifactJson, artifactUseJson } from './artifacts/artifact-json.js'
import type { ArtifactService } from './artifacts/artifact-service.js'
import { answerWithBlob } from './artifacts/blob-answer.js'
import { parseRegistration, parseSha256 } from './artifacts/registration.js'
import { receiveUpload } from './artifacts/upload.js'
import type { Access, Authenticator, Credentials } from './auth/authenticator.js'
import { requireLoopbackHost, requireSameOrigin } from './auth/browser-guard.js'
import { readSessionCookie, sessionCookie } from './auth/session-cookie.js'
import { answerHeaders, errorAnswer, jsonAnswer } from './http/answers.js'
import { ApiError, invalidRequest, notFound, toApiError } from './http/api-error.js'
import { readJsonObject } from './http/json-body.js'
import { parsePageRequest } from './http/page-request.js'
import type { BodyPace } from './http/request-body.js'
import type { ServerMetrics } from './metrics.js'
import { otlpErrorAnswer, receiveTraces } from './otlp/trace-receiver.js'
import type { BlobStore } from './storage/blob-store.js'
import { type Catalog, InvalidCursorError, type TokenScope } from './storage/catalog.js'
import { spanJson, traceSummaryJson } from './traces/trace-json.js'
import type { ViewerFiles } from './viewer-files.js'

/** Longest JSON body of the API (registrations, log-ins), bytes. */
const maxJsonBytes = 16 * 1024
const maxArtifactUses = 100
const traceIdPattern = /^[0-9a-f]{32}$/

/** What the routes work with. */
export interface AppOptions {
  artifacts: ArtifactService
  authenticator: Authenticator
  blobs: BlobStore
  catalog: Catalog
  viewer: ViewerFiles
  metrics: ServerMetrics
  /** Under which URL clients reach the server; absent: the one that they used. */
  publicUrl?: URL
  maxTraceRequestBytes: number
  pace: BodyPace
  /** Told of errors that are the server's own fault. */
  onError: (error: unknown, request: { method: string; path: string }) => void
}

type AppEnvironment = { Bindings: HttpBindings }
type AppContext = Context<AppEnvironment>

/**
 * The routes. Bodies are read from Node's own request, and blobs written to its response: the protocol cares about
 * `Expect`, about a body that is never read, and about a client that goes away, none of which a `Request` shows.
 */
export function createApp(options: AppOptions): Hono<AppEnvironment> {
  const { artifacts, authenticator, blobs, catalog, viewer, metrics, publicUrl, pace } = options
  const app = new Hono<AppEnvironment>()
  const jsonBody = { maxBytes: maxJsonBytes, pace }

  const allow = (context: AppContext, scope: TokenScope): Promise<Access> =>
    authenticator.authorize(credentialsOf(context), scope)

  const baseUrl = (context: AppContext): string => publicUrl?.href.replace(/\/$/, '') ?? new URL(context.req.url).origin

  app.onError((thrown, context) => {
    const error = thrown instanceof InvalidCursorError ? invalidRequest(thrown.message) : toApiError(thrown)
    const { incoming, outgoing } = context.env
    const clientIsGone = outgoing.destroyed || incoming.errored !== null
    if (error.status >= 500 && !clientIsGone) options.onError(error.cause ?? error, requestName(context))
    if (outgoing.headersSent || clientIsGone) {
      outgoing.destroy()
      return RESPONSE_ALREADY_SENT
    }
    return context.req.path === '/v1/traces' && context.req.method === 'POST'
      ? withAnswerHeaders(otlpErrorAnswer(incoming, error))
      : errorAnswer(error)
  })
  app.notFound(() => errorAnswer(notFound()))

  app.use(async (context, next) => {
    const { host, origin } = context.env.incoming.headers
    if (await authenticator.isOpen()) requireLoopbackHost(host)
    requireSameOrigin({ method: context.req.method, host, origin }, publicUrl?.host)
    await next()
  })

  app.get('/healthz', () => jsonAnswer({ status: 'ok' }))
  app.get('/metrics', async (context) => {
    await allow(context, 'read')
    return withAnswerHeaders(new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }))
  })

  app.post('/v1/artifacts', async (context) => {
    const { projectId } = await allow(context, 'write')
    const { incoming, outgoing } = context.env
    const description = parseRegistration(await readJsonObject(incoming, outgoing, jsonBody))
    const status = await artifacts.register(projectId, description)
    metrics.countRegistration(status)
    const { sha256 } = description
    const url = `${baseUrl(context)}/v1/artifacts/${sha256}/blob`
    const upload = status === 'upload' ? { method: 'PUT', url, requires_auth: true } : null
    return jsonAnswer({ sha256, status, upload }, { status: 201 })
  })

  app.put('/v1/artifacts/:sha256/blob', async (context) => {
    const { projectId } = await allow(context, 'write')
    const { incoming, outgoing } = context.env
    const upload = { artifacts, projectId, sha256: context.req.param('sha256'), pace }
    metrics.countUploadedBytes(await receiveUpload(incoming, outgoing, upload))
    return new Response(null, { status: 204, headers: answerHeaders })
  })

  app.post('/v1/artifacts/:sha256/finalize', async (context) => {
    const { projectId } = await allow(context, 'write')
    const sha256 = parseSha256(context.req.param('sha256'))
    await artifacts.finalize(projectId, sha256)
    return jsonAnswer({ sha256, status: 'ready' })
  })

  app.get('/v1/artifacts', async (context) => {
    const { projectId } = await allow(context, 'read')
    const page = await catalog.artifacts.list(projectId, parsePageRequest(context.req.query()))
    return jsonAnswer({ artifacts: page.items.map(artifactJson), next_cursor: page.nextCursor })
  })

  app.get('/v1/artifacts/:sha256', async (context) => {
    const { projectId } = await allow(context, 'read')
    const artifact = await artifacts.ready(projectId, parseSha256(context.req.param('sha256')))
    const uses = await catalog.traces.uses(projectId, artifact.sha256, maxArtifactUses)
    return jsonAnswer({ ...artifactJson(artifact), references: uses.map(artifactUseJson) })
  })

  app.get('/v1/artifacts/:sha256/blob', async (context) => {
    const { projectId } = await allow(context, 'read')
    const artifact = await artifacts.ready(projectId, parseSha256(context.req.param('sha256')))
    await answerWithBlob(context.env.incoming, context.env.outgoing, { blobs, artifact })
    return RESPONSE_ALREADY_SENT
  })

  app.post('/v1/traces', async (context) => {
    const { projectId } = await allow(context, 'write')
    const { incoming, outgoing } = context.env
    const receiver = { traces: catalog.traces, maxBytes: options.maxTraceRequestBytes, pace }
    return withAnswerHeaders(await receiveTraces(incoming, outgoing, { id: projectId, options: receiver }))
  })

  app.get('/v1/traces', async (context) => {
    const { projectId } = await allow(context, 'read')
    const page = await catalog.traces.list(projectId, parsePageRequest(context.req.query()))
    return jsonAnswer({ traces: page.items.map(traceSummaryJson), next_cursor: page.nextCursor })
  })

  app.get('/v1/traces/:traceId', async (context) => {
    const { projectId } = await allow(context, 'read')
    const traceId = context.req.param('traceId')
    if (!traceIdPattern.test(traceId)) throw invalidRequest('trace_id: must be 32 lower-case hexadecimal digits')
    const spans = await catalog.traces.spans(projectId, traceId)
    if (spans.length === 0) throw notFound()
    const now = Date.now()
    return jsonAnswer({ trace_id: traceId, spans: spans.map((span) => spanJson(span, now)) })
  })

  app.get('/v1/viewer/session', async (context) =>
    jsonAnswer({
      authenticated: await authenticator.canRead(credentialsOf(context)),
      open: await authenticator.isOpen(),
    }),
  )

  app.post('/v1/viewer/session', async (context) => {
    const body = await readJsonObject(context.env.incoming, context.env.outgoing, jsonBody)
    if (await authenticator.isOpen()) return jsonAnswer({ authenticated: true, open: true })
    if (typeof body['token'] !== 'string') throw invalidRequest('token: must be a read token')
    const session = await authenticator.logIn(body['token'])
    const cookie = sessionCookie({ ...session, secure: publicUrl?.protocol === 'https:' })
    return jsonAnswer({ authenticated: true, open: false }, { headers: { 'set-cookie': cookie } })
  })

  app.delete('/v1/viewer/session', async (context) => {
    const secret = readSessionCookie(context.req.header('cookie'))
    if (secret !== undefined) await authenticator.logOut(secret)
    const cookie = sessionCookie({ secret: '', maxAgeSeconds: 0, secure: publicUrl?.protocol === 'https:' })
    return new Response(null, { status: 204, headers: { ...answerHeaders, 'set-cookie': cookie } })
  })

  for (const [path, methods] of Object.entries(allowedMethods)) {
    app.all(path, () => {
      throw new ApiError(405, 'method_not_allowed', `this path takes ${methods}`, { headers: { allow: methods } })
    })
  }

  for (const path of ['/', '/traces/*', '/artifacts/*']) {
    app.get(path, (context) => viewer.page(context.req.header('if-none-match')))
  }
  app.get('/*', (context) => {
    const file = viewer.file(context.req.path.slice(1), context.req.header('if-none-match'))
    if (file === undefined) throw notFound()
    return file
  })
  return app
}

const allowedMethods: Readonly<Record<string, string>> = {
  '/healthz': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
  '/v1/artifacts': 'GET, HEAD, POST',
  '/v1/artifacts/:sha256': 'GET, HEAD',
  '/v1/artifacts/:sha256/blob': 'GET, HEAD, PUT',
  '/v1/artifacts/:sha256/finalize': 'POST',
  '/v1/traces': 'GET, HEAD, POST',
  '/v1/traces/:traceId': 'GET, HEAD',
  '/v1/viewer/session': 'DELETE, GET, HEAD, POST',
}

function credentialsOf(context: AppContext): Credentials {
  const { authorization, cookie } = context.env.incoming.headers
  return { authorization, sessionSecret: readSessionCookie(cookie) }
}

function requestName(context: AppContext): { method: string; path: string } {
  return { method: context.req.method, path: context.req.path }
}

function withAnswerHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(answerHeaders)) response.headers.set(name, value)
  return response
}
