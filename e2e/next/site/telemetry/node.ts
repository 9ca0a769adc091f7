import { registerArtifacts } from '@span-artifacts/next'

/** Starts the tracing that the test asked for, each as its own documentation says. */
export async function startTelemetry(): Promise<void> {
  const spanProcessors =
    process.env['SITE_ARTIFACTS'] === 'off'
      ? []
      : registerArtifacts({ captureAllRequests: process.env['SITE_CAPTURE'] === 'all' }).spanProcessors
  const tracing = process.env['SITE_TRACING'] ?? 'plain'
  switch (tracing) {
    case 'plain': {
      const { startPlain } = await import('./plain')
      return startPlain(spanProcessors)
    }
    case 'vercel': {
      const { startVercel } = await import('./vercel')
      return startVercel(spanProcessors)
    }
    case 'logfire': {
      const { startLogfire } = await import('./logfire')
      return startLogfire(spanProcessors)
    }
    default:
      throw new Error(`SITE_TRACING must be plain, vercel or logfire, not ${tracing}`)
  }
}
