import type { ReactNode } from 'react'
import { useSession } from '../session/session.js'
import { CopyButton } from '../ui/copy-button.js'

/** What an empty server says: how the first trace gets here. */
export function FirstTraceGuide(): ReactNode {
  const endpoint = window.location.origin
  const { canLogOut: needsToken } = useSession()
  const curl = `TRACE=$(openssl rand -hex 16); NOW=$(date +%s)000000000
curl ${endpoint}/v1/traces -H 'content-type: application/json'${needsToken ? " \\\n  -H 'authorization: Bearer WRITE_TOKEN'" : ''} -d '{"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},
  "scopeSpans":[{"spans":[{"traceId":"'$TRACE'","spanId":"'$(openssl rand -hex 8)'","name":"first span",
    "kind":1,"startTimeUnixNano":"'$NOW'","endTimeUnixNano":"'$((NOW + 42000000))'"}]}]}]}'`
  const code = `import { configureArtifacts, recordArtifact } from '@span-artifacts/core'

configureArtifacts({ endpoint: '${endpoint}'${needsToken ? ", token: 'WRITE_TOKEN'" : ''} })

tracer.startActiveSpan('draw chart', (span) => {
  recordArtifact(span, 'chart', png, { filename: 'chart.png' })
  span.end()
})`
  return (
    <section className="guide">
      <h2>No traces yet</h2>
      <p>
        This server listens for OpenTelemetry traces on <code>{endpoint}/v1/traces</code> (OTLP over HTTP, JSON or
        protobuf). They appear here as they arrive.
      </p>
      <h3>From your application</h3>
      <p>
        Point the OTLP exporter here with <code>OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}</code>, then put what goes
        through a span next to it:
        {needsToken && (
          <>
            {' '}
            (The exporter needs a write token too:{' '}
            <code>OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer WRITE_TOKEN</code>)
          </>
        )}
      </p>
      <Snippet text={code} what="code" />
      <h3>From a terminal, to see something at once</h3>
      <Snippet text={curl} what="command" />
    </section>
  )
}

function Snippet({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <div className="snippet">
      <pre>{text}</pre>
      <CopyButton text={text} what={what} />
    </div>
  )
}
