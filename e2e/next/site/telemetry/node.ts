import { registerArtifacts } from '@span-artifacts/next'
import { startPlain } from './plain'

/** Starts the tracing that the test asked for, each as its own documentation says. */
export async function startTelemetry(): Promise<void> {
  const spanProcessors =
    process.env['SITE_ARTIFACTS'] === 'off'
      ? []
      : registerArtifacts({ captureAllRequests: process.env['SITE_CAPTURE'] === 'all' }).spanProcessors
  const tracing = process.env['SITE_TRACING']
  if (tracing === 'plain') {
    startPlain(spanProcessors)
    return
  }
  if (process.env.SITE_HAS_VENDORS === 'yes') {
    if (tracing === 'vercel') {
      const { startVercel } = await import('./vercel')
      startVercel(spanProcessors)
      return
    }
    if (tracing === 'logfire') {
      const { startLogfire } = await import('./logfire')
      startLogfire(spanProcessors)
      return
    }
  }
  throw new Error(`SITE_TRACING is ${tracing}, which this build does not know`)
}
