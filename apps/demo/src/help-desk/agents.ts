import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Problem } from './problem.js'

const UNAUTHORIZED = 401
const ACCESS_TOKEN_BYTES = 24
const SESSION_LIFETIME_MS = 8 * 60 * 60 * 1000

/** The one agent of this demonstration. */
export const AGENT = { name: 'Ida Brandt', email: 'ida@lumen-works.example', password: 'correct horse battery staple' }

/** What an agent gets for signing in. */
interface AgentSession {
  readonly agent: string
  readonly accessToken: string
  readonly expiresAt: string
}

export interface Agents {
  /** @throws Problem 401 `wrong_credentials` */
  signIn(email: string, password: string): AgentSession
  /**
   * @param authorization the `Authorization` header
   * @returns the agent's name
   * @throws Problem 401 `not_signed_in`
   */
  require(authorization: string | undefined): string
}

/** The people who answer tickets. */
export function createAgents(): Agents {
  const sessions = new Map<string, AgentSession>()
  const forgetExpired = (): void => {
    for (const [token, { expiresAt }] of sessions) if (Date.parse(expiresAt) <= Date.now()) sessions.delete(token)
  }
  return {
    signIn(email, password) {
      forgetExpired()
      if (email !== AGENT.email || !isSame(password, AGENT.password)) {
        throw new Problem(UNAUTHORIZED, 'wrong_credentials', 'E-mail and password do not belong together.')
      }
      const session: AgentSession = {
        agent: AGENT.name,
        accessToken: randomBytes(ACCESS_TOKEN_BYTES).toString('base64url'),
        expiresAt: new Date(Date.now() + SESSION_LIFETIME_MS).toISOString(),
      }
      sessions.set(session.accessToken, session)
      return session
    },
    require(authorization) {
      forgetExpired()
      const session = sessions.get(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '')
      if (!session) throw new Problem(UNAUTHORIZED, 'not_signed_in', 'Sign in with POST /sessions first.')
      return session.agent
    },
  }
}

/** Takes the same time whatever the difference. */
function isSame(given: string, known: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(known))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
