import type { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { artifactClient } from '@span-artifacts/core'

/** How long blobs may take to get out. */
const FLUSH_TIMEOUT_MS = 5000

/**
 * Ends this process on a signal, and when whoever started it is gone, after everything is sent that waits. Next.js leaves signals
 * to the application where `NEXT_MANUAL_SIG_HANDLE` is set.
 */
export function endWithTheStarter(provider: NodeTracerProvider): void {
  let ending: Promise<void> | undefined
  const end = (): void => {
    ending ??= artifactClient()
      .shutdown({ timeoutMs: FLUSH_TIMEOUT_MS })
      .then(() => provider.shutdown())
      .catch((error: unknown) => {
        console.error('front end: could not send everything before the end:', error)
        process.exitCode = 1
      })
      .finally(() => process.exit())
  }
  process.on('disconnect', end)
  if (process.env['NEXT_MANUAL_SIG_HANDLE'] === undefined) return
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}
