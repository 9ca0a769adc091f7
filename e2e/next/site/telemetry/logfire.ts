import { configure } from '@pydantic/logfire-node'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'

/** The Node SDK of Logfire, sending to where `LOGFIRE_BASE_URL` says. */
export function startLogfire(spanProcessors: readonly SpanProcessor[]): void {
  configure({ serviceName: 'site', metrics: false, additionalSpanProcessors: [...spanProcessors] })
}
