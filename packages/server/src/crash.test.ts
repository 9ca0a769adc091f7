import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { serveCommand } from './testing/command.js'
import { exchange, exchangeJson } from './testing/http-exchange.js'
import { blobFiles, registrationOf, sha256Of, storeArtifact, temporaryDirectory } from './testing/test-server.js'
import { openWire } from './testing/wire.js'

test('a server killed in the middle of uploads has, when it is back, nothing of them or all', async () => {
  const dataDirectory = await temporaryDirectory()
  const first = await serveCommand(dataDirectory)
  const finished = randomBytes(50_000)
  await storeArtifact(first.url, finished)
  const unfinalized = randomBytes(60_000)
  await exchangeJson(`${first.url}/v1/artifacts`, registrationOf(unfinalized))
  const unfinalizedUrl = `/v1/artifacts/${sha256Of(unfinalized)}`
  await exchange(`${first.url}${unfinalizedUrl}/blob`, { method: 'PUT', body: unfinalized })

  const halves = [randomBytes(1_000_000), randomBytes(2_000_000)]
  for (const bytes of halves) {
    await exchangeJson(`${first.url}/v1/artifacts`, registrationOf(bytes))
    const wire = await openWire(first.url)
    const path = `/v1/artifacts/${sha256Of(bytes)}/blob`
    wire.write(`PUT ${path} HTTP/1.1\r\nhost: ${new URL(first.url).host}\r\ncontent-length: ${bytes.length}\r\n\r\n`)
    wire.write(bytes.subarray(0, bytes.length / 2))
  }
  await expect.poll(() => blobFiles(dataDirectory)).toHaveLength(4)
  first.process.kill('SIGKILL')
  await first.exited

  const { url, stderr } = await serveCommand(dataDirectory)
  expect(stderr()).toContain('removed 2 unfinished upload(s)')
  expect((await blobFiles(dataDirectory)).toSorted()).toEqual([sha256Of(finished), sha256Of(unfinalized)].toSorted())
  const blob = await exchange(`${url}/v1/artifacts/${sha256Of(finished)}/blob`)
  expect(blob.body.equals(finished)).toBe(true)
  // What was wholly uploaded needs no second upload.
  expect((await exchange(`${url}${unfinalizedUrl}/finalize`, { method: 'POST' })).status).toBe(200)
  for (const bytes of halves) {
    const finalize = `${url}/v1/artifacts/${sha256Of(bytes)}/finalize`
    expect((await exchange(finalize, { method: 'POST' })).status).toBe(409)
    await storeArtifact(url, bytes)
    expect((await exchange(finalize, { method: 'POST' })).status).toBe(200)
  }
})

test('spans whose export was answered are there after a kill', async () => {
  const dataDirectory = await temporaryDirectory()
  const first = await serveCommand(dataDirectory)
  const ids = Array.from({ length: 20 }, () => randomBytes(16).toString('hex'))
  for (const traceId of ids) {
    const spans = [{ traceId, spanId: 'eee19b7ec3c1b174', name: 'work' }]
    const answer = await exchangeJson(`${first.url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    expect(answer.status).toBe(200)
  }
  first.process.kill('SIGKILL')
  await first.exited
  const { url } = await serveCommand(dataDirectory)
  const { traces } = (await exchange(`${url}/v1/traces`)).json()
  expect(traces.map((trace: { trace_id: string }) => trace.trace_id).toSorted()).toEqual(ids.toSorted())
})
