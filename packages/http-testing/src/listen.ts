import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens on a free port of the loopback interface. */
export interface ListeningServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Ends every connection and waits until the port is free. */
  close(): Promise<void>
}

/** Starts a server, or one for a listener, on a free port. */
export async function listen(serverOrListener: Server | RequestListener): Promise<ListeningServer> {
  const server = typeof serverOrListener === 'function' ? createServer(serverOrListener) : serverOrListener
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { port, url: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close }
}
