import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFrontEnd } from './front-end-process.js'
import { startHelpDesk } from './help-desk-process.js'
import { startLocalServer } from './local-server.js'

const taken = createServer()
let port: number
let dataDirectory: string
beforeAll(async () => {
  await once(taken.listen(0, '127.0.0.1'), 'listening')
  const address = taken.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  dataDirectory = await mkdtemp(join(tmpdir(), 'span-artifacts-taken-'))
})
afterAll(async () => {
  await once(taken.close(), 'close')
  await rm(dataDirectory, { recursive: true, force: true })
})

// `start` looks at the ports first. These are for whoever takes one between that look and the start.

test('a server whose port was just taken says which option changes it', async () => {
  const options = { once: true, serverPort: port, demoPort: 0, webPort: 0, dataDirectory }
  await expect(startLocalServer(options)).rejects.toThrow(
    `Port ${port} of the server is taken. Choose another with --server-port.`,
  )
})

test('a help desk whose port was just taken says which option changes it, and its process is gone', async () => {
  await expect(startHelpDesk({ port, serverUrl: 'http://127.0.0.1:9' })).rejects.toThrow(
    `Port ${port} of the help desk is taken. Choose another with --demo-port.`,
  )
})

test('a front end whose port was just taken says which option changes it, and its process is gone', async () => {
  const locations = { serverUrl: 'http://127.0.0.1:9', helpDeskUrl: 'http://127.0.0.1:9' }
  await expect(startFrontEnd({ port, ...locations })).rejects.toThrow(
    `Port ${port} of the front end is taken. Choose another with --web-port.`,
  )
})
