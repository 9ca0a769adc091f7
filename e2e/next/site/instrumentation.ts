export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { startTelemetry } = await import('./telemetry/node')
    await startTelemetry()
  } else {
    const { startTelemetry } = await import('./telemetry/edge')
    startTelemetry()
  }
}
