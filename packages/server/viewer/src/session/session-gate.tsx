import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { fetchSession, logOut } from '../api/endpoints.js'
import { onUnauthorized } from '../api/request.js'
import { asRequestError, useRequest } from '../api/use-request.js'
import { ErrorNotice, Loading } from '../ui/notice.js'
import { LogInPage } from './log-in-page.js'
import { SessionContext, type Session } from './session.js'

/** Shows the page to those who may see it, and asks the others for a token. The address stays, so one returns to it. */
export function SessionGate({ children }: { readonly children: ReactNode }): ReactNode {
  const { data, error, reload } = useRequest('session', fetchSession)
  const [refused, setRefused] = useState(false)
  const [failure, setFailure] = useState<string>()

  useEffect(() => onUnauthorized(() => setRefused(true)), [])

  const session = useMemo<Session>(
    () => ({
      canLogOut: data?.authenticated === true && !data.open,
      logOut: () => {
        logOut().then(
          () => setRefused(true),
          (reason: unknown) => setFailure(asRequestError(reason).message),
        )
      },
    }),
    [data],
  )

  if (data === undefined) {
    if (error === undefined) return <Loading what="the viewer" />
    return (
      <main className="centered">
        <ErrorNotice title="The viewer could not start" detail={error.message} retry={reload} />
      </main>
    )
  }
  if (refused || !(data.authenticated || data.open)) {
    return (
      <LogInPage
        onLoggedIn={() => {
          setRefused(false)
          reload()
        }}
      />
    )
  }
  return (
    <SessionContext value={session}>
      {failure !== undefined && (
        <ErrorNotice title="You could not be logged out" detail={failure} retry={session.logOut} />
      )}
      {children}
    </SessionContext>
  )
}
