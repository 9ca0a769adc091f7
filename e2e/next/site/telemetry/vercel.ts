import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { registerOTel } from '@vercel/otel'

/** `@vercel/otel`, which reads where to export from the usual environment variables. */
export function startVercel(spanProcessors: readonly SpanProcessor[]): void {
  registerOTel({ serviceName: 'site', spanProcessors: [...spanProcessors, 'auto'] })
}
