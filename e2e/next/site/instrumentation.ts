export async function register(): Promise<void> {
  const { startTelemetry } =
    process.env.NEXT_RUNTIME === 'nodejs' ? await import('./telemetry/node') : await import('./telemetry/edge')
  await startTelemetry()
}
