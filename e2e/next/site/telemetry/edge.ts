import { registerArtifacts } from '@span-artifacts/next'

/** Of all the SDKs only `@vercel/otel` runs on the Edge runtime. */
export async function startTelemetry(): Promise<void> {
  const { spanProcessors } = registerArtifacts()
  if (process.env.SITE_HAS_VENDORS === 'yes' && process.env['SITE_TRACING'] === 'vercel') {
    const { startVercel } = await import('./vercel')
    startVercel(spanProcessors)
  }
}
