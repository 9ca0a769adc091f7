import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const QUOTED_STDERR_CHARACTERS = 4000

/** How a worker is started. */
export interface WorkerOptions {
  /** plain data; the worker reads it with `workerParameters()` */
  parameters: unknown
  /** for Node, such as `--expose-gc` */
  nodeArguments?: readonly string[]
  environment?: Readonly<Record<string, string>>
  /** a command in front of Node's own, such as `unshare`, and its arguments */
  wrapper?: readonly string[]
}

/** A child process that measures or is measured. */
export interface WorkerProcess<Message> {
  readonly child: ChildProcess
  /** the next message it sends; rejects when it ends without one */
  nextMessage(): Promise<Message>
  /** tells it something */
  send(message: string): void
  /** resolves when it has ended */
  readonly ended: Promise<{ code: number | null; signal: string | null; atMs: number; stderr: string }>
}

/** The path of a built worker, such as `record-in-memory`. */
export function workerPath(name: string): string {
  return fileURLToPath(new URL(`../dist/workers/${name}.js`, import.meta.url))
}

/** Starts a worker. Its messages are taken to be of the type that the scenario names. */
export function startWorker<Message>(name: string, options: WorkerOptions): WorkerProcess<Message> {
  const [path, parameters] = [workerPath(name), JSON.stringify(options.parameters)]
  const common = { env: { ...process.env, ...options.environment }, serialization: 'advanced' as const }
  const stdio: ('ignore' | 'inherit' | 'pipe' | 'ipc')[] = ['ignore', 'inherit', 'pipe', 'ipc']
  const nodeArguments = [...(options.nodeArguments ?? [])]
  const [command, ...wrapperArguments] = options.wrapper ?? []
  const child =
    command === undefined
      ? fork(path, [parameters], { ...common, stdio, execArgv: nodeArguments })
      : spawn(command, [...wrapperArguments, process.execPath, ...nodeArguments, path, parameters], {
          ...common,
          stdio,
        })

  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-QUOTED_STDERR_CHARACTERS)
  })
  const arrived: Message[] = []
  const waiting: { resolve: (message: Message) => void; reject: (error: Error) => void }[] = []
  child.on('message', (message: Message) => {
    const waiter = waiting.shift()
    if (waiter) waiter.resolve(message)
    else arrived.push(message)
  })
  let end: Error | undefined
  const ended = once(child, 'close').then(([code, signal]) => {
    end = new Error(`the worker ${name} ended with ${signal ?? code}: ${stderr.trim()}`)
    for (const { reject } of waiting) reject(end)
    return { code, signal, atMs: performance.now(), stderr }
  })
  return {
    child,
    ended,
    send: (message) => {
      child.send(message)
    },
    nextMessage: () =>
      new Promise((resolve, reject) => {
        const message = arrived.shift()
        if (message !== undefined) resolve(message)
        else if (end) reject(end)
        else waiting.push({ resolve, reject })
      }),
  }
}

/**
 * Runs a worker to its end.
 *
 * @returns its one message
 * @throws Error with the end of its stderr when it fails
 */
export async function runWorker<Result>(name: string, options: WorkerOptions): Promise<Result> {
  const worker = startWorker<Result>(name, options)
  const result = await worker.nextMessage()
  const { code, signal, stderr } = await worker.ended
  if (code !== 0) throw new Error(`the worker ${name} ended with ${signal ?? code}: ${stderr.trim()}`)
  return result
}
