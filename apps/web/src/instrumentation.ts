import { registerArtifacts } from '@span-artifacts/next'

/** Next.js calls this once, before it takes requests. */
export async function register(): Promise<void> {
  const { spanProcessors } = registerArtifacts()
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { startTracing } = await import('./lib/start-tracing')
  startTracing(spanProcessors)
}
