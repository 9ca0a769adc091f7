/** Settings of the person's own telemetry, which must not leak into what is started here, nor its traces to elsewhere. */
const FOREIGN_SETTINGS = /^(OTEL|LOGFIRE|SPAN_ARTIFACTS|HELP_DESK|NEXT)_/
/** Spans wait this long for others before they are sent: little, because someone is watching. */
const SPAN_DELAY_MS = 200

/**
 * The environment of a process that is traced by the server, without what would lead its traces elsewhere.
 *
 * @param serverUrl where traces and blobs go
 */
export function tracedEnvironment(serverUrl: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_SETTINGS.test(name))
  return {
    ...Object.fromEntries(inherited),
    HELP_DESK_VIEWER_URL: serverUrl,
    SPAN_ARTIFACTS_ENDPOINT: serverUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: serverUrl,
    OTEL_BSP_SCHEDULE_DELAY: String(SPAN_DELAY_MS),
  }
}
