import { diag, type DiagLogger, DiagLogLevel } from '@opentelemetry/api'
import { onTestFinished } from 'vitest'

const ignore = (): void => undefined

/** The warnings that OpenTelemetry's `diag` gets from now on until the test ends. */
export function collectWarnings(): readonly string[] {
  const warnings: string[] = []
  const logger: DiagLogger = {
    error: ignore,
    warn: (...parts: readonly unknown[]) => void warnings.push(parts.join(' ')),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  onTestFinished(() => diag.disable())
  return warnings
}
