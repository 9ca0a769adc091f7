import { once } from 'node:events'
import type { Server } from 'node:net'

/** Every server of this package binds here and nowhere else. */
export const LOOPBACK = '127.0.0.1'

/**
 * Listens on loopback.
 *
 * @param port 0 for any free one
 * @returns the port it got
 * @throws Error when the port is taken
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  server.listen(port, LOOPBACK)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}
