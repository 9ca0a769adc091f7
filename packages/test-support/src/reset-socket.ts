import type { Socket } from 'node:net'

/**
 * Closes a connection with a TCP reset.
 *
 * A socket that is being ended is closed plainly: libuv refuses to reset it (EINVAL), and Node 24 then leaks the handle and
 * hangs when the process is to end.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
