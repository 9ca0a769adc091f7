import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP connection on which a test writes HTTP by hand. */
export interface Wire {
  readonly socket: Socket
  write(data: string | Uint8Array): void
  /** Everything received so far, as Latin-1. */
  received(): string
  /** Resolves when `text` has been received; rejects when the server closes the connection without it. */
  until(text: string): Promise<string>
  /** Resolves with everything received when the server has closed the connection. */
  closed(): Promise<string>
  /** Cuts the connection with a reset, as a crashed client would. */
  reset(): void
}

/** Opens a connection to a server; it is closed when the test is over. */
export async function openWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let text = ''
  let isClosed = false
  const listeners = new Set<() => void>()
  const notify = (): void => {
    for (const listener of listeners) listener()
  }
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    notify()
  })
  // A reset by the server counts as a close; what arrived before it is what the test looks at.
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    notify()
  })
  const wait = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (isDone()) resolve(text)
        else if (isClosed) reject(new Error(`the connection was closed after: ${text}`))
        else return
        listeners.delete(check)
      }
      listeners.add(check)
      check()
    })
  onTestFinished(() => {
    socket.destroy()
  })
  return {
    socket,
    write: (data) => {
      socket.write(data)
    },
    received: () => text,
    until: (part) => wait(() => text.includes(part)),
    closed: () => wait(() => isClosed),
    reset: () => {
      socket.resetAndDestroy()
    },
  }
}
