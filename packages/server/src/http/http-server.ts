import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { holdContinue } from './request-body.js'

/** Handles one request; resolves when the answer is under way. Where it rejects, the connection is cut. */
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

/** How long {@link createHttpServer} waits for clients. */
export interface HttpServerTimes {
  /**
   * How long an answered request may go on sending a body that nobody reads before its connection is cut, milliseconds.
   * Cutting it at once would reset the connection and often lose the answer on its way to the client. Default 5 seconds.
   */
  lingerMs?: number
  /** How long the head of a request may take to come, on a new connection from its opening on. Default 60 seconds. */
  headersTimeoutMs?: number
  /**
   * How long nothing may move on a connection during a request before it is cut, milliseconds: a client that asks for
   * large artifacts and takes none of them would hold open files for ever. Default 5 minutes.
   */
  idleTimeoutMs?: number
}

const defaultLingerMs = 5_000
const defaultHeadersTimeoutMs = 60_000
// A player that is paused in a browser takes nothing either. It asks for the rest when it goes on.
const defaultIdleTimeoutMs = 300_000
/** How often Node looks for heads that are late, milliseconds. */
const maxCheckIntervalMs = 30_000

/** Builds the server around a handler. */
export function createHttpServer(handler: RequestHandler, times: HttpServerTimes = {}): HttpServer {
  const {
    lingerMs = defaultLingerMs,
    headersTimeoutMs = defaultHeadersTimeoutMs,
    idleTimeoutMs = defaultIdleTimeoutMs,
  } = times
  const handling = new Set<Promise<unknown>>()
  const lingering = new Set<Socket>()
  let closing = false

  const finish = (request: IncomingMessage): void => {
    const { socket } = request
    if (!request.complete && !request.destroyed) {
      if (closing) {
        socket.destroy()
        return
      }
      const timer = setTimeout(() => socket.destroy(), lingerMs)
      lingering.add(socket)
      request.once('close', () => {
        clearTimeout(timer)
        lingering.delete(socket)
      })
      request.resume()
    }
    // Else a kept-alive connection would hold up the closing until it times out.
    if (closing) setImmediate(() => server.closeIdleConnections())
  }

  // A slow but moving upload may take hours: the pace of each body is watched instead of the time of the request.
  const timeouts = {
    requestTimeout: 0,
    // Node's default is no longer than `requestTimeout`: without a word about it, heads could take for ever as well.
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, maxCheckIntervalMs),
  }
  const server = createServer(timeouts, (request, response) => {
    response.once('finish', () => finish(request))
    const handled = handler(request, response)
      .catch(() => response.destroy())
      .finally(() => handling.delete(handled))
    handling.add(handled)
  })
  server.timeout = idleTimeoutMs
  server.on('checkContinue', (request, response) => {
    holdContinue(request, response)
    server.emit('request', request, response)
  })

  return {
    listen: (host, port) => listen(server, host, port),

    async close(timeoutMs) {
      closing = true
      for (const socket of lingering) socket.destroy()
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
