import { expect, test } from 'vitest'
import { DataDirectoryError, ServerStartError, startServer } from './index.js'
import { exchange, exchangeJson } from './testing/http-exchange.js'
import { registrationOf, storeArtifact, temporaryDirectory, testServer } from './testing/test-server.js'

test('a server listens where it says, and closing it twice is one closing', async () => {
  const server = await testServer()
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await exchange(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' })
  await Promise.all([server.close(), server.close()])
  await expect(exchange(`${server.url}/healthz`)).rejects.toThrow('ECONNREFUSED')
})

test('IPv6 and names work, too', async () => {
  const byName = await testServer({ host: 'localhost' })
  expect((await exchange(`${byName.url}/healthz`)).status).toBe(200)
  const six = await testServer({ host: '::1' })
  expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await exchange(`${six.url}/v1/traces`)).status).toBe(200)
})

test('what a server keeps is there for the next one', async () => {
  const first = await testServer()
  const sha256 = await storeArtifact(first.url, 'kept')
  await first.close()
  const second = await testServer({ dataDirectory: first.dataDirectory })
  expect((await exchange(`${second.url}/v1/artifacts/${sha256}/blob`)).text).toBe('kept')
})

test('one process has one server per data directory', async () => {
  const { dataDirectory } = await testServer()
  await expect(startServer({ port: 0, dataDirectory })).rejects.toThrow(DataDirectoryError)
})

function ignore(): void {}

test('a start that fails leaves the data directory free', async () => {
  const running = await testServer()
  const dataDirectory = await temporaryDirectory()
  const port = Number(new URL(running.url).port)
  await expect(startServer({ port, dataDirectory, log: ignore })).rejects.toThrow(ServerStartError)
  await expect(startServer({ port: 0, dataDirectory, log: ignore, host: '0.0.0.0' })).rejects.toThrow(
    /without any token/,
  )
  await expect(startServer({ port: 0, dataDirectory, log: ignore, publicUrl: 'ftp://x' })).rejects.toThrow(
    /^publicUrl: /,
  )
  const server = await testServer({ dataDirectory })
  expect((await exchange(`${server.url}/healthz`)).status).toBe(200)
})

test.each([
  ['bogus', 1, /^there is no option "bogus": known are host, port, /],
  ['port', '4319', /^port: must be a port from 0 to 65535$/],
  ['port', 65_536, /^port: /],
  ['dataDirectory', 5, /^dataDirectory: must be text/],
  ['host', '', /^host: must be text/],
  ['maxArtifactBytes', 0.5, /^maxArtifactBytes: must be a whole number/],
  ['shutdownTimeoutMs', Infinity, /^shutdownTimeoutMs: must be a whole number of milliseconds/],
  ['fixedTokens', { write: 'secret', admin: 'secret' }, /^fixedTokens: must be an object with(?!.*secret)/],
  ['log', 'stderr', /^log: must be a function$/],
])('the option %s is refused when it is %j', async (name, value, message) => {
  const start = startServer({ port: 0, dataDirectory: '/dev/null', [name]: value })
  await expect(start).rejects.toThrow(ServerStartError)
  await expect(start).rejects.toThrow(message)
})

test('an option that is undefined has its default', async () => {
  const options: object = { host: undefined, maxArtifactBytes: undefined }
  const { url } = await testServer(options)
  expect((await exchangeJson(`${url}/v1/artifacts`, registrationOf('four'))).status).toBe(201)
})

test('the metrics count what happened', async () => {
  const { url } = await testServer()
  await storeArtifact(url, 'four')
  await exchangeJson(`${url}/v1/artifacts`, registrationOf('four'))
  const spans = [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }, { traceId: 'x' }]
  await exchangeJson(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
  await exchange(`${url}/nothing`, { method: 'PROPFIND' })
  const metrics = await exchange(`${url}/metrics`)
  expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const samples = metrics.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(samples).toEqual(
    expect.arrayContaining([
      'span_artifacts_registrations_total{status="exists"} 1',
      'span_artifacts_registrations_total{status="upload"} 1',
      'span_artifacts_uploaded_bytes_total 4',
      'span_artifacts_spans_total{outcome="accepted"} 1',
      'span_artifacts_spans_total{outcome="rejected"} 1',
      'span_artifacts_http_responses_total{method="PUT",status="204"} 1',
      'span_artifacts_http_responses_total{method="other",status="404"} 1',
    ]),
  )
})
