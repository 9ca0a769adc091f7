import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { type App, type AppContext, type AppServices, authorize } from './app-context.js'
import { addArtifactRoutes } from './artifacts/artifact-routes.js'
import { requireLoopbackHost, requireSameOrigin } from './auth/browser-guard.js'
import { addSessionRoutes } from './auth/session-routes.js'
import { errorAnswer, jsonAnswer, withAnswerHeaders } from './http/answers.js'
import { ApiError, invalidRequest, isClientGone, notFound, toApiError } from './http/api-error.js'
import { metricsContentType } from './metrics.js'
import { otlpErrorAnswer } from './otlp/trace-receiver.js'
import { InvalidCursorError } from './storage/catalog/page.js'
import { addTraceRoutes } from './traces/trace-routes.js'

const tracesPath = '/v1/traces'

/**
 * All routes. Bodies are read from Node's own request, and blobs written to its response: the protocol cares about
 * `Expect`, about a body that is never read, and about a client that goes away, none of which a `Request` shows.
 */
export function createApp(services: AppServices): App {
  const app: App = new Hono()

  app.onError((thrown, context) => answerError(thrown, context, services))
  app.notFound(() => errorAnswer(notFound()))
  app.use(async (context, next) => {
    const { host, origin } = context.env.incoming.headers
    if (await services.authenticator.isOpen()) requireLoopbackHost(host)
    requireSameOrigin({ method: context.req.method, host, origin }, services.publicUrl?.host)
    await next()
  })

  app.get('/healthz', () => jsonAnswer({ status: 'ok' }))
  app.get('/metrics', async (context) => {
    await authorize(context, services, 'read')
    const headers = { 'content-type': metricsContentType }
    return withAnswerHeaders(new Response(services.metrics.text(), { headers }))
  })
  addArtifactRoutes(app, services)
  addTraceRoutes(app, services)
  addSessionRoutes(app, services)
  refuseOtherMethods(app)
  addViewerRoutes(app, services)
  return app
}

function answerError(thrown: Error, context: AppContext, services: AppServices): Response {
  const error = thrown instanceof InvalidCursorError ? invalidRequest(thrown.message) : toApiError(thrown)
  const { incoming, outgoing } = context.env
  const { method, path } = context.req
  if (error.status >= 500 && !isClientGone(thrown)) services.onError(error.cause ?? error, { method, path })
  if (outgoing.headersSent || outgoing.destroyed || incoming.errored !== null) {
    outgoing.destroy()
    return RESPONSE_ALREADY_SENT
  }
  return method === 'POST' && path === tracesPath
    ? withAnswerHeaders(otlpErrorAnswer(incoming, error))
    : errorAnswer(error)
}

const allowedMethods: Readonly<Record<string, string>> = {
  '/healthz': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
  '/v1/artifacts': 'GET, HEAD, POST',
  '/v1/artifacts/:sha256': 'GET, HEAD',
  '/v1/artifacts/:sha256/blob': 'GET, HEAD, PUT',
  '/v1/artifacts/:sha256/finalize': 'POST',
  [tracesPath]: 'GET, HEAD, POST',
  '/v1/traces/:traceId': 'GET, HEAD',
  '/v1/viewer/session': 'DELETE, GET, HEAD, POST',
}

/** Runs after the routes: what arrives here has a known path and a method that none of them takes. */
function refuseOtherMethods(app: App): void {
  for (const [path, methods] of Object.entries(allowedMethods)) {
    app.all(path, () => {
      throw new ApiError(405, 'method_not_allowed', `this path takes ${methods}`, { headers: { allow: methods } })
    })
  }
}

function addViewerRoutes(app: App, { viewer }: AppServices): void {
  for (const path of ['/', '/traces/*', '/artifacts/*']) {
    app.get(path, (context) => viewer.page(context.req.header('if-none-match')))
  }
  app.get('/*', (context) => {
    const file = viewer.file(context.req.path.slice(1), context.req.header('if-none-match'))
    if (file === undefined) throw notFound()
    return file
  })
}
