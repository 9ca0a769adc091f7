import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteCatalog } from '../storage/sqlite-catalog.js'
import { exchange, type ExchangeAnswer, exchangeJson } from '../testing/http-exchange.js'
import {
  addToken,
  bearer,
  registrationOf,
  sha256Of,
  storeArtifact,
  temporaryDirectory,
  testServer,
  type TestServer,
} from '../testing/test-server.js'

interface Guarded extends TestServer {
  write: string
  read: string
}

async function guardedServer(options: Parameters<typeof testServer>[0] = {}): Promise<Guarded> {
  const dataDirectory = await temporaryDirectory()
  const write = await addToken(dataDirectory, 'alpha', 'write')
  const read = await addToken(dataDirectory, 'alpha', 'read')
  return { ...(await testServer({ ...options, dataDirectory })), write, read }
}

const sha256 = sha256Of('content')
const endpoints = [
  ['POST', '/v1/artifacts', 'write'],
  ['PUT', `/v1/artifacts/${sha256}/blob`, 'write'],
  ['POST', `/v1/artifacts/${sha256}/finalize`, 'write'],
  ['GET', '/v1/artifacts', 'read'],
  ['GET', `/v1/artifacts/${sha256}`, 'read'],
  ['GET', `/v1/artifacts/${sha256}/blob`, 'read'],
  ['HEAD', `/v1/artifacts/${sha256}/blob`, 'read'],
  ['POST', '/v1/traces', 'write'],
  ['GET', '/v1/traces', 'read'],
  ['GET', `/v1/traces/${'a'.repeat(32)}`, 'read'],
  ['GET', '/metrics', 'read'],
] as const

/** All of an answer but the time at which it was given. */
function withoutDate(answer: ExchangeAnswer): unknown {
  const { date: _date, ...headers } = answer.headers
  return [answer.status, headers, answer.text]
}

test('no, malformed, unknown and revoked credentials get the same 401 everywhere', async () => {
  const { url, dataDirectory, write } = await guardedServer()
  const revoked = await addToken(dataDirectory, 'alpha', 'write')
  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  await catalog.tokens.revoke(revoked.split('_')[3] ?? '', Date.now())
  await catalog.close()
  const lastDigit = write.endsWith('0') ? '1' : '0'
  const credentials = [
    {},
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer x' },
    { authorization: `Basic ${write}` },
    { authorization: `Bearer ${write} ${write}` },
    { authorization: `Bearer ${write.slice(0, -1)}${lastDigit}` },
    { authorization: `Bearer sa_v1_w_doesnotexist_${'A'.repeat(27)}` },
    { authorization: `Bearer ${revoked}` },
    { cookie: 'span_artifacts_session=invented' },
  ]
  for (const [method, path] of endpoints) {
    const answers = await Promise.all(credentials.map((headers) => exchange(url + path, { method, headers })))
    const [first] = answers.map(withoutDate)
    expect(answers[0]?.status, `${method} ${path}`).toBe(401)
    expect(answers[0]?.headers['www-authenticate']).toBe('Bearer')
    for (const answer of answers) expect(withoutDate(answer)).toEqual(first)
  }
})

test('a write token cannot read and a read token cannot write', async () => {
  const { url, write, read } = await guardedServer()
  for (const [method, path, scope] of endpoints) {
    const wrong = scope === 'write' ? read : write
    const answer = await exchange(url + path, { method, headers: bearer(wrong) })
    expect([method, path, answer.status]).toEqual([method, path, 403])
  }
  const answer = await exchange(`${url}/v1/artifacts`, { headers: bearer(write) })
  expect(answer.json().error).toMatchObject({ code: 'insufficient_scope', message: 'this needs a read token' })
})

test("another project's artifact looks exactly like an unknown one, and its bytes are not shared", async () => {
  const { url, dataDirectory, write } = await guardedServer()
  const theirs = await storeArtifact(url, 'content', { token: write })
  const otherWrite = bearer(await addToken(dataDirectory, 'beta', 'write'))
  const otherRead = bearer(await addToken(dataDirectory, 'beta', 'read'))
  const unknown = sha256Of('unknown')

  for (const suffix of ['', '/blob']) {
    const hidden = await exchange(`${url}/v1/artifacts/${theirs}${suffix}`, { headers: otherRead })
    const absent = await exchange(`${url}/v1/artifacts/${unknown}${suffix}`, { headers: otherRead })
    expect(hidden.status).toBe(404)
    expect(withoutDate(hidden)).toEqual(withoutDate(absent))
  }
  const finalized = await exchange(`${url}/v1/artifacts/${theirs}/finalize`, { method: 'POST', headers: otherWrite })
  const absent = await exchange(`${url}/v1/artifacts/${unknown}/finalize`, { method: 'POST', headers: otherWrite })
  expect(withoutDate(finalized)).toEqual(withoutDate(absent))
  // Deduplication must not tell either.
  const registered = await exchangeJson(`${url}/v1/artifacts`, registrationOf('content'), otherWrite)
  expect(registered.json().status).toBe('upload')
  expect((await exchange(`${url}/v1/artifacts`, { headers: otherRead })).json().artifacts).toEqual([])
})

test("another project's traces are not there", async () => {
  const { url, dataDirectory, write, read } = await guardedServer()
  const traceId = '5b8efff798038103d269b633813fc60c'
  const spans = [{ traceId, spanId: 'eee19b7ec3c1b174', name: 'secret' }]
  await exchangeJson(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] }, bearer(write))
  const otherRead = bearer(await addToken(dataDirectory, 'beta', 'read'))
  expect((await exchange(`${url}/v1/traces`, { headers: bearer(read) })).json().traces).toHaveLength(1)
  expect((await exchange(`${url}/v1/traces`, { headers: otherRead })).json().traces).toEqual([])
  const hidden = await exchange(`${url}/v1/traces/${traceId}`, { headers: otherRead })
  const absent = await exchange(`${url}/v1/traces/${'a'.repeat(32)}`, { headers: otherRead })
  expect(hidden.status).toBe(404)
  expect(withoutDate(hidden)).toEqual(withoutDate(absent))
})

test('the viewer logs in with a read token and gets a cookie that is not the token', async () => {
  const { url, read } = await guardedServer()
  const before = await exchange(`${url}/v1/viewer/session`)
  expect(before.json()).toEqual({ authenticated: false, open: false })

  const login = await exchangeJson(`${url}/v1/viewer/session`, { token: read }, { origin: url })
  expect([login.status, login.json()]).toEqual([200, { authenticated: true, open: false }])
  const [setCookie = ''] = login.headers['set-cookie'] ?? []
  expect(setCookie).toMatch(/^span_artifacts_session=\w{40,}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
  expect(setCookie).not.toContain(read.split('_')[4])
  const cookie = setCookie.split(';')[0] ?? ''

  expect((await exchange(`${url}/v1/viewer/session`, { headers: { cookie } })).json().authenticated).toBe(true)
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie: `a=b; ${cookie}; c=d` } })).status).toBe(200)
  // A session only reads, whatever else its project's tokens may do.
  expect((await exchangeJson(`${url}/v1/artifacts`, registrationOf('x'), { cookie })).status).toBe(403)

  const logout = await exchange(`${url}/v1/viewer/session`, { method: 'DELETE', headers: { cookie, origin: url } })
  expect([logout.status, logout.headers['set-cookie']?.[0]]).toEqual([204, expect.stringContaining('Max-Age=0')])
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie } })).status).toBe(401)
})

test('a log-in with a write token, an unknown one, or none is refused', async () => {
  const { url, write } = await guardedServer()
  const login = (body: unknown): Promise<number> =>
    exchangeJson(`${url}/v1/viewer/session`, body).then((answer) => answer.status)
  expect(await login({ token: write })).toBe(403)
  expect(await login({ token: 'sa_v1_r_unknown_x' })).toBe(401)
  expect(await login({})).toBe(400)
  expect(await login({ token: 7 })).toBe(400)
})

test('a revoked token ends the sessions that it opened', async () => {
  const { url, read, dataDirectory } = await guardedServer()
  const login = await exchangeJson(`${url}/v1/viewer/session`, { token: read })
  const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie } })).status).toBe(200)
  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  await catalog.tokens.revoke(read.split('_')[3] ?? '', Date.now())
  await catalog.close()
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie } })).status).toBe(401)
})

test('the cookie is Secure where the public URL is https, and uploads go to the public URL', async () => {
  const { url, read, write } = await guardedServer({ publicUrl: 'https://artifacts.example/base/' })
  const origin = 'https://artifacts.example'
  const login = await exchangeJson(`${url}/v1/viewer/session`, { token: read }, { origin })
  const cookie = login.headers['set-cookie']?.[0] ?? ''
  expect(cookie).toMatch(/^__Host-span_artifacts_session=.*; Path=\/; .*; Secure$/)
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie } })).status).toBe(200)
  const planted = cookie.replace('__Host-', '')
  expect((await exchange(`${url}/v1/traces`, { headers: { cookie: planted } })).status).toBe(401)
  const registered = await exchangeJson(`${url}/v1/artifacts`, registrationOf('x'), bearer(write))
  expect(registered.json().upload.url).toBe(`https://artifacts.example/base/v1/artifacts/${sha256Of('x')}/blob`)
})

test('the login of a page of another site is refused', async () => {
  const { url, read } = await guardedServer()
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1']) {
    const answer = await exchangeJson(`${url}/v1/viewer/session`, { token: read }, { origin })
    expect([answer.status, answer.json().error.code]).toEqual([403, 'forbidden_origin'])
  }
})

test('without tokens the server is open, in the project "default"', async () => {
  const { url, log } = await testServer()
  expect((await exchange(`${url}/v1/viewer/session`)).json()).toEqual({ authenticated: true, open: true })
  expect((await exchangeJson(`${url}/v1/viewer/session`, {})).json()).toEqual({ authenticated: true, open: true })
  // A client that happens to have a token configured is let in like everybody else.
  expect((await exchange(`${url}/v1/traces`, { headers: bearer('whatever') })).status).toBe(200)
  expect(log).toEqual([expect.stringContaining('no tokens are configured')])
})

test('an open server answers to loopback names only, so that DNS rebinding finds nothing', async () => {
  const { url } = await testServer()
  const { port } = new URL(url)
  const get = (host: string, path = '/v1/traces'): Promise<number> =>
    exchange(url + path, { headers: { host } }).then((answer) => answer.status)
  for (const host of [
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'localhost',
    `app.localhost:${port}`,
  ]) {
    expect([host, await get(host)]).toEqual([host, 200])
  }
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
  ]) {
    expect([host, await get(host)]).toEqual([host, 403])
    expect([host, await get(host, '/')]).toEqual([host, 403])
  }
})

test('an open server refuses what pages of other sites send', async () => {
  const { url } = await testServer()
  const { port } = new URL(url)
  const post = (origin: string): Promise<number> =>
    exchangeJson(`${url}/v1/traces`, {}, { origin }).then((answer) => answer.status)
  expect(await post(`http://127.0.0.1:${port}`)).toBe(200)
  expect(await post('https://evil.example')).toBe(403)
  expect(await post(`http://localhost:${port}`)).toBe(403)
  expect(await post('null')).toBe(403)
})

test('a server that had tokens stays closed when the last one is revoked', async () => {
  const { url, read, write, dataDirectory, close } = await guardedServer()
  const catalog = await openSqliteCatalog(join(dataDirectory, 'catalog.sqlite'))
  for (const token of [read, write]) await catalog.tokens.revoke(token.split('_')[3] ?? '', Date.now())
  await catalog.close()
  expect((await exchange(`${url}/v1/traces`)).status).toBe(401)
  await close()
  const again = await testServer({ dataDirectory })
  expect((await exchange(`${again.url}/v1/traces`)).status).toBe(401)
})

test('an open server closes as soon as a token is created beside it', async () => {
  const { url, dataDirectory } = await testServer()
  expect((await exchange(`${url}/v1/traces`)).status).toBe(200)
  const read = await addToken(dataDirectory, 'default', 'read')
  expect((await exchange(`${url}/v1/traces`)).status).toBe(401)
  expect((await exchange(`${url}/v1/traces`, { headers: bearer(read) })).status).toBe(200)
})

test('fixed tokens work in the project "default"', async () => {
  const fixedTokens = { write: 'w'.repeat(40), read: 'r'.repeat(40) }
  const { url } = await testServer({ fixedTokens })
  const digest = await storeArtifact(url, 'fixed', { token: fixedTokens.write })
  const read = await exchange(`${url}/v1/artifacts/${digest}/blob`, { headers: bearer(fixedTokens.read) })
  expect(read.text).toBe('fixed')
  expect((await exchange(`${url}/v1/artifacts`)).status).toBe(401)
  const login = await exchangeJson(`${url}/v1/viewer/session`, { token: fixedTokens.read })
  const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  expect((await exchange(`${url}/v1/artifacts`, { headers: { cookie } })).status).toBe(200)
})

test('no answer and no log line ever holds a token', async () => {
  const { url, log, write, read } = await guardedServer()
  const answers = await Promise.all(
    [write, read].flatMap((token) =>
      endpoints.map(([method, path]) =>
        exchange(`${url}${path}?token=${token}`, {
          method,
          headers: bearer(token),
          ...(method !== 'GET' && { body: token }),
        }),
      ),
    ),
  )
  const told = [...answers.flatMap((answer) => [answer.text, JSON.stringify(answer.headers)]), ...log].join('\n')
  for (const token of [write, read]) expect(told).not.toContain(token.split('_')[4])
})
