import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { Application } from './application.js'

/** A server that listens on a free port of the loopback interface. */
export interface ListeningServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Ends every connection and waits until the port is free. */
  close(): Promise<void>
}

/** Starts a server, or one for an application, on a free port. */
export async function listen(target: Server | Http2Server | Application): Promise<ListeningServer> {
  const server =
    typeof target === 'function' ? createServer((request, response) => void target(request, response)) : target
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const { port } = address
  const close = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    // An HTTP/2 server has no such method: its sessions are closed by their clients.
    if ('closeAllConnections' in server) server.closeAllConnections()
    await closed
  }
  return { port, url: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close }
}
