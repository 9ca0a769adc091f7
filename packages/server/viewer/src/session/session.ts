import { createContext, use } from 'react'

export interface Session {
  /** Someone has logged in with a token; where the server is open there is nothing to log out of. */
  readonly canLogOut: boolean
  readonly logOut: () => void
}

export const SessionContext: React.Context<Session> = createContext<Session>({ canLogOut: false, logOut: () => {} })

export function useSession(): Session {
  return use(SessionContext)
}
