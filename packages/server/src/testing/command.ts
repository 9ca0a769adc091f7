import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const command = fileURLToPath(new URL('../../bin/span-artifacts.js', import.meta.url))

/** A running `span-artifacts`. */
export interface RunningCommand {
  process: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Resolves with the exit code, or the name of the signal that ended it. */
  exited: Promise<number | string>
}

/** Starts the built command; it is killed when the test is over. The environment holds nothing of the tester's own. */
function startCommand(args: readonly string[], environment: Record<string, string> = {}): RunningCommand {
  const child = spawn(process.execPath, [command, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''))
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { process: child, stdout: () => stdout, stderr: () => stderr, exited }
}

/** Runs the command to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const running = startCommand(args, environment)
  const code = await running.exited
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

/** Starts `serve` on a free port and waits until it listens. */
export async function serveCommand(
  dataDirectory: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<RunningCommand & { url: string }> {
  const running = startCommand(['serve', '--port', '0', '--data', dataDirectory, ...args], environment)
  const url = await new Promise<string>((resolve, reject) => {
    const check = (): void => {
      const listening = /^listening on (http:\/\/\S+)\n/.exec(running.stdout())
      if (listening?.[1] !== undefined) resolve(listening[1])
    }
    running.process.stdout?.on('data', check)
    running.exited.then((code) => reject(new Error(`serve ended with ${code}: ${running.stderr()}`)), reject)
  })
  return { ...running, url }
}
