import { diag, DiagLogLevel } from '@opentelemetry/api'

/** Collects what the client warns about, as an application's logger would get it. */
export function recordDiagnostics(): string[] {
  const warnings: string[] = []
  const take = (...parts: unknown[]): void => {
    warnings.push(parts.map(String).join(' '))
  }
  diag.setLogger({ error: take, warn: take, info: () => {}, debug: () => {}, verbose: () => {} }, DiagLogLevel.WARN)
  return warnings
}
