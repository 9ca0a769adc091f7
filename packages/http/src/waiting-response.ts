import type { EventEmitter } from 'node:events'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'

/** What is to be done when a connection closes, for each of the responses that wait for their turn on it. */
const waiting = new WeakMap<EventEmitter, Set<() => void>>()

/**
 * Whether a response waits for those to earlier requests of its connection (pipelining, RFC 9112 §9.3.2). Until it has got
 * the socket it may hear nothing of it: Node 20 never emits `close` when the client goes away meanwhile, Node 24.21 does.
 */
export function isWaitingForSocket(request: CapturedRequest, response: CapturedResponse): boolean {
  // Asking an HTTP/2 response for its socket makes a proxy.
  if (request.httpVersionMajor >= 2) return false
  // What was made by hand, for a test, may have no connection at all.
  const socket: object | null = request.socket
  return response.socket === null && socket !== null
}

/** Calls back when the connection closes before a waiting response has got its socket. */
export function onClosedWhileWaiting(request: CapturedRequest, response: CapturedResponse, listener: () => void): void {
  const { socket } = request
  let listeners = waiting.get(socket)
  if (listeners === undefined) {
    const added = new Set<() => void>()
    listeners = added
    waiting.set(socket, added)
    // One for all: a client may send a hundred requests at once, and Node warns of more than ten listeners.
    socket.once('close', () => {
      for (const each of added) each()
      added.clear()
    })
  }
  const set = listeners.add(listener)
  response.once('socket', () => set.delete(listener))
}
