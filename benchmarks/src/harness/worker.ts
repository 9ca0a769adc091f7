import { once } from 'node:events'

/** What the scenario gave this worker, as JSON. */
export const parametersJson: string = process.argv[2] ?? 'null'

/** Tells the scenario something, and waits until it is sent. */
export async function tellScenario(message: unknown): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}

/** Waits for the scenario to say something. */
export async function scenarioSays(): Promise<void> {
  await once(process, 'message')
}

/** Closes the line to the scenario, so that it does not keep this process alive. */
export function leaveScenario(): void {
  process.disconnect()
}
