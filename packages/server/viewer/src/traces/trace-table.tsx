import { useEffect, useState, type ReactNode } from 'react'
import type { TraceSummary } from '../api/contract.js'
import { ArtifactThumbnail } from '../artifact/artifact-thumbnail.js'
import { formatDuration } from '../format/duration.js'
import { parseNanoseconds } from '../format/nanoseconds.js'
import { formatFullTime, formatLocalTime, formatRelativeTime } from '../format/timestamp.js'
import { visibleText } from '../format/visible-text.js'
import { Link } from '../routing/navigation.js'
import { tracePath } from '../routing/route.js'
import { Icon } from '../ui/icons.js'

const clockIntervalMs = 10_000
const shownThumbnails = 4

/** The traces as a table; the whole line leads to the trace. */
export function TraceTable({ traces }: { readonly traces: readonly TraceSummary[] }): ReactNode {
  const now = useNow()
  if (traces.length === 0) return null
  return (
    <table className="traces">
      <thead>
        <tr>
          <th scope="col">Trace</th>
          <th scope="col">Artifacts</th>
          <th scope="col" className="number">
            Duration
          </th>
          <th scope="col" className="number">
            Spans
          </th>
          <th scope="col" className="number">
            Errors
          </th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => (
          <TraceLine key={trace.trace_id} trace={trace} now={now} />
        ))}
      </tbody>
    </table>
  )
}

interface TraceLineProps {
  readonly trace: TraceSummary
  readonly now: Date
}

function TraceLine({ trace, now }: TraceLineProps): ReactNode {
  const start = parseNanoseconds(trace.start_time_unix_nano)
  const name = trace.root_name === null || trace.root_name === '' ? 'root span not received' : trace.root_name
  return (
    <tr className={trace.error_count > 0 ? 'failed' : undefined}>
      <td className="trace-name">
        <Link to={tracePath(trace.trace_id)}>{visibleText(name)}</Link>
        <span className="sub">
          <span className="service">{visibleText(trace.service_name ?? 'unknown service')}</span>
          <code>{trace.trace_id.slice(0, 8)}</code>
        </span>
      </td>
      <td className="trace-artifacts">
        <Thumbnails trace={trace} />
      </td>
      <td className="number trace-duration">{formatDuration(durationOf(trace))}</td>
      <td className="number trace-spans">
        {trace.span_count}
        <span className="unit"> {trace.span_count === 1 ? 'span' : 'spans'}</span>
      </td>
      <td className="number trace-errors">
        {trace.error_count > 0 ? (
          <span className="error-count">
            <Icon name="alert" />
            {trace.error_count}
            <span className="unit"> {trace.error_count === 1 ? 'error' : 'errors'}</span>
          </span>
        ) : (
          <span className="visually-hidden">0</span>
        )}
      </td>
      <td className="trace-start">
        {start !== undefined && (
          <time dateTime={isoTime(start)} title={formatFullTime(start)}>
            {formatLocalTime(start, now)}
            <span className="sub">{formatRelativeTime(start, now)}</span>
          </time>
        )}
      </td>
    </tr>
  )
}

function Thumbnails({ trace }: { readonly trace: TraceSummary }): ReactNode {
  if (trace.artifact_count === 0) return <span className="none">–</span>
  const previews = trace.artifacts?.slice(0, shownThumbnails) ?? []
  return (
    <span className="thumbnails">
      {previews.map((artifact, index) => (
        // One artifact can occur twice in a trace, and nothing here has a state of its own.
        // oxlint-disable-next-line react/no-array-index-key
        <ArtifactThumbnail key={`${index}${artifact.sha256}`} artifact={artifact} />
      ))}
      <span className="count">
        {trace.artifact_count}
        <span className="visually-hidden"> artifacts</span>
      </span>
    </span>
  )
}

function durationOf(trace: TraceSummary): number {
  return Number(parseNanoseconds(trace.duration_nano) ?? 0n)
}

function isoTime(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n))
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

/** The time of day, new every ten seconds, for “5 min ago”. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), clockIntervalMs)
    return () => clearInterval(timer)
  }, [])
  return now
}
