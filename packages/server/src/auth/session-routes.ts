import { type App, type AppServices, credentialsOf, isReachedOverHttps, maxJsonBytes } from '../app-context.js'
import { answerHeaders, jsonAnswer } from '../http/answers.js'
import { invalidRequest } from '../http/api-error.js'
import { readJsonObject } from '../http/json-body.js'
import { sessionCookie } from './session-cookie.js'

/** The viewer's log-in: a read token is exchanged for a cookie, so that `<img>` and `<audio>` can load blobs. */
export function addSessionRoutes(app: App, services: AppServices): void {
  const { authenticator, pace } = services
  const secure = isReachedOverHttps(services)

  app.get('/v1/viewer/session', async (context) =>
    jsonAnswer({
      authenticated: await authenticator.canRead(credentialsOf(context, services)),
      open: await authenticator.isOpen(),
    }),
  )

  app.post('/v1/viewer/session', async (context) => {
    const { incoming, outgoing } = context.env
    const { token } = await readJsonObject(incoming, outgoing, { maxBytes: maxJsonBytes, pace })
    if (await authenticator.isOpen()) return jsonAnswer({ authenticated: true, open: true })
    if (typeof token !== 'string') throw invalidRequest('token: must be a read token')
    const cookie = sessionCookie({ ...(await authenticator.logIn(token)), secure })
    return jsonAnswer({ authenticated: true, open: false }, { headers: { 'set-cookie': cookie } })
  })

  app.delete('/v1/viewer/session', async (context) => {
    const { sessionSecret } = credentialsOf(context, services)
    if (sessionSecret !== undefined) await authenticator.logOut(sessionSecret)
    const cookie = sessionCookie({ secret: '', maxAgeSeconds: 0, secure })
    return new Response(null, { status: 204, headers: { ...answerHeaders, 'set-cookie': cookie } })
  })
}
