import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { drainAfterAnswer, holdContinue } from './request-body.js'

/** Handles one request; resolves when the answer is under way. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

/** An HTTP server that can be closed without cutting off what is under way. */
export interface HttpServer {
  /**
   * Listens, and returns the URL.
   *
   * @throws NodeJS.ErrnoException as `net.Server.listen` does
   */
  listen(host: string, port: number): Promise<string>
  /** Takes no more connections, and resolves when the requests under way have ended, or were cut off after a while. */
  close(timeoutMs: number): Promise<void>
}

/** Builds the server around a handler. */
export function createHttpServer(handler: RequestHandler): HttpServer {
  const handling = new Set<Promise<unknown>>()
  let closing = false

  // A slow but moving upload may take hours: the pace of each body is watched instead of the time of the request.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    drainAfterAnswer(request, response)
    response.once('finish', () => {
      // Else a kept-alive connection would hold up the closing until it times out.
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
    const handled = handler(request, response).finally(() => handling.delete(handled))
    handling.add(handled)
  })
  server.on('checkContinue', (request, response) => {
    holdContinue(request, response)
    server.emit('request', request, response)
  })

  return {
    listen: (host, port) => listen(server, host, port),

    async close(timeoutMs) {
      closing = true
      const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs)
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      clearTimeout(deadline)
      // A request that was cut off still has its temporary file to remove.
      await Promise.allSettled(handling)
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') {
        reject(new Error('the server listens on no port'))
        return
      }
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
      resolve(`http://${name}:${address.port}`)
    })
  })
}
