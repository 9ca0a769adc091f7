import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { LOOPBACK, listenOnLoopback } from '../listen-on-loopback.js'
import { resetSocket } from '../reset-socket.js'
import type { Fault } from './fault.js'
import { proxyConnection, type ProxiedExchange } from './proxied-connection.js'

/** Chooses a fault for each exchange, when its request's head has arrived. */
export type FaultChoice = (exchange: {
  /** counted from 1 */
  connection: number
  /** its place on the connection, counted from 1 */
  exchange: number
  method: string
  path: string
}) => Fault

/** A TCP proxy on loopback that breaks HTTP/1.1 exchanges on purpose. */
export interface FaultProxy {
  /** `http://127.0.0.1:PORT`: point the client here */
  readonly url: string
  /** everything that came through since the start, oldest first; entries of running exchanges still change */
  readonly exchanges: readonly ProxiedExchange[]
  /** connections that are open now */
  readonly openConnections: number
  /**
   * Sets what happens from now on. An exchange that has begun keeps its fault; the next one on the same connection gets
   * the new one. Resolves once it holds (closing or opening the port takes a turn).
   */
  setFault(fault: Fault | FaultChoice): Promise<void>
  /** resets every open connection, the stalled ones too */
  resetConnections(): void
  /** resets every connection and closes the port */
  close(): Promise<void>
}

/**
 * Starts a fault proxy in front of a server.
 *
 * @param options.target the `http:` URL of the server behind
 * @param options.fault what to do at first; default `{ kind: 'pass' }`
 * @param options.port default 0, any free one
 */
export async function startFaultProxy(options: {
  target: string
  fault?: Fault | FaultChoice
  port?: number
}): Promise<FaultProxy> {
  const target = new URL(options.target)
  const exchanges: ProxiedExchange[] = []
  const open = new Map<Socket, AbortController>()
  let fault: Fault | FaultChoice = { kind: 'pass' }
  let connections = 0
  let server: Server | undefined
  let port = options.port ?? 0

  const accept = (client: Socket): void => {
    connections += 1
    const teardown = new AbortController()
    open.set(client, teardown)
    client.setNoDelay(true)
    client.on('error', () => {})
    client.once('close', () => {
      teardown.abort()
      open.delete(client)
    })
    void proxyConnection({
      number: connections,
      client,
      signal: teardown.signal,
      connect: async () => {
        const socket = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true, noDelay: true })
        socket.on('error', () => resetSocket(client))
        teardown.signal.addEventListener('abort', () => resetSocket(socket), { once: true })
        await once(socket, 'connect')
        return socket
      },
      chooseFault: (exchange) => (typeof fault === 'function' ? fault(exchange) : fault),
      record: (exchange) => exchanges.push(exchange),
    })
  }

  const listen = async (): Promise<void> => {
    if (server) return
    server = createServer({ allowHalfOpen: true }, accept)
    port = await listenOnLoopback(server, port)
  }

  const resetConnections = (): void => {
    for (const client of open.keys()) resetSocket(client)
  }

  /** Closes the port only: a listening server that no longer accepts. Open connections go on. */
  const stopListening = (): void => {
    server?.close()
    server = undefined
  }

  const setFault = async (next: Fault | FaultChoice): Promise<void> => {
    fault = next
    if (typeof next !== 'function' && next.kind === 'refuse') stopListening()
    else await listen()
  }

  await listen()
  await setFault(options.fault ?? fault)
  return {
    url: `http://${LOOPBACK}:${port}`,
    exchanges,
    get openConnections() {
      return open.size
    },
    setFault,
    resetConnections,
    close: async () => {
      const closed = server ? once(server, 'close') : undefined
      stopListening()
      resetConnections()
      await closed
    },
  }
}
