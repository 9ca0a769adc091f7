import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listenOnLoopback } from './listen-on-loopback.js'
import { resetSocket } from './reset-socket.js'

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

let server: Server
let client: Socket
let accepted: Socket

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true })
  const port = await listenOnLoopback(server, 0)
  const connection = once(server, 'connection')
  client = connect({ port, host: '127.0.0.1' })
  ;[accepted] = await connection
})

afterEach(() => {
  client.destroy()
  server.close()
})

test('the other side sees a reset', async () => {
  const failed = once(client, 'error')
  resetSocket(accepted)
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }])
})

test('a socket that is being ended is closed, and leaves no handle that keeps the process from ending', async () => {
  const before = sockets()
  accepted.end('the last words')
  resetSocket(accepted)
  await once(accepted, 'close')
  expect(sockets()).toBe(before - 1)
})
