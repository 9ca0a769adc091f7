import { registerArtifacts } from '@span-artifacts/next'
import { registerOTel } from '@vercel/otel'

/** Of the three only `@vercel/otel` runs on the Edge runtime. */
export function startTelemetry(): void {
  const { spanProcessors } = registerArtifacts()
  if (process.env['SITE_TRACING'] === 'vercel') {
    registerOTel({ serviceName: 'site', spanProcessors: [...spanProcessors, 'auto'] })
  }
}
