import { context, propagation, trace } from '@opentelemetry/api'

const DEFAULT_HELP_DESK_URL = 'http://127.0.0.1:3000'
const REQUEST_TIMEOUT_MS = 30_000

/** What the help desk's own service says about a ticket. */
export interface Ticket {
  readonly number: string
  readonly createdAt: string
  readonly product: string
  readonly subject: string
  readonly attachments: readonly {
    readonly field: string
    readonly filename: string
    readonly contentType: string
    readonly sizeBytes: number
  }[]
}

/** What it says when something is wrong with a request. */
export interface Refusal {
  readonly code: string
  readonly message: string
  /** Messages by the name of the form field that they are about. */
  readonly fields?: Readonly<Record<string, string>>
}

/** Asks the help desk's service, as a part of the trace that is under way here. */
export function askHelpDesk(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  propagation.inject(context.active(), headers, { set: (carrier, name, value) => carrier.set(name, value) })
  const address = new URL(path, process.env['HELP_DESK_URL'] ?? DEFAULT_HELP_DESK_URL)
  return fetch(address, { ...init, headers, cache: 'no-store', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
}

/** The trace of the request that is under way, and where the viewer shows it; each `undefined` where there is none. */
export function currentTrace(): { traceId: string | undefined; traceUrl: string | undefined } {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  const viewerUrl = process.env['HELP_DESK_VIEWER_URL']
  const isShown = traceId !== undefined && viewerUrl !== undefined
  return { traceId, traceUrl: isShown ? `${viewerUrl}/traces/${traceId}` : undefined }
}
