import type { ReactNode } from 'react'
import { ArtifactPage } from './artifact/artifact-page.js'
import { Link, useRoute } from './routing/navigation.js'
import type { Route } from './routing/route.js'
import { SessionGate } from './session/session-gate.js'
import { TracePage } from './trace/trace-page.js'
import { TraceListPage } from './traces/trace-list-page.js'
import { ErrorBoundary } from './ui/error-boundary.js'
import { ErrorNotice } from './ui/notice.js'
import { TopBar } from './ui/top-bar.js'

export function App(): ReactNode {
  const route = useRoute()
  return (
    <ErrorBoundary
      renderError={(error, reset) => (
        <main className="centered">
          <ErrorNotice title="The viewer made a mistake" detail={error.message} retry={reset} />
        </main>
      )}
    >
      <SessionGate>
        <Page route={route} />
      </SessionGate>
    </ErrorBoundary>
  )
}

function Page({ route }: { readonly route: Route }): ReactNode {
  switch (route.page) {
    case 'traces':
      return <TraceListPage />
    case 'trace':
      return <TracePage key={route.traceId} traceId={route.traceId} spanId={route.spanId} />
    case 'artifact':
      return <ArtifactPage key={route.sha256} sha256={route.sha256} />
    case 'unknown':
      break
  }
  return (
    <>
      <TopBar />
      <main className="centered">
        <h1>There is no such page</h1>
        <p>
          The address does not name a trace or an artifact. <Link to="/">See all traces</Link>
        </p>
      </main>
    </>
  )
}
