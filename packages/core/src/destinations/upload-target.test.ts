import { platform } from '#platform'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ArtifactUploadError } from '../errors.js'
import { checkUploadTarget } from './upload-target.js'

const publicBroker = 'https://203.0.114.7/base'
const secret = 'X-Amz-Signature=deadbeef'

function check(
  url: string,
  options: { requiresAuth?: boolean; headers?: object; broker?: string; trusted?: string[] } = {},
) {
  return checkUploadTarget(
    { url, requiresAuth: options.requiresAuth ?? false, headers: { ...options.headers } },
    { endpoint: new URL(options.broker ?? publicBroker), trustedUploadOrigins: options.trusted ?? [] },
  )
}

async function failureOf(promise: Promise<unknown>): Promise<ArtifactUploadError> {
  const failure: unknown = await promise.then(() => undefined).catch((error: unknown) => error)
  if (ArtifactUploadError.isInstance(failure)) return failure
  throw new Error(`expected an ArtifactUploadError, not ${String(failure)}`)
}

describe('an upload URL is accepted', () => {
  test('at the broker itself, with the token only if it asks for it', async () => {
    const withToken = await check(`${publicBroker}/v1/artifacts/x/blob`, { requiresAuth: true })
    expect(withToken.authorized).toBe(true)
    expect((await check(`${publicBroker}/v1/artifacts/x/blob`)).authorized).toBe(false)
  })

  test('when it is relative to the broker', async () => {
    expect((await check('/v1/artifacts/x/blob')).url.href).toBe('https://203.0.114.7/v1/artifacts/x/blob')
  })

  test('at a public address over https', async () => {
    expect((await check(`https://203.0.114.9/bucket/x?${secret}`)).authorized).toBe(false)
  })

  test.each(['http://127.0.0.1:9000/x', 'http://localhost:9000/x', 'http://[::1]:9000/x'])(
    'at %s when the broker is on loopback too',
    async (url) => expect((await check(url, { broker: 'http://127.0.0.1:4319' })).url.href).toBe(url),
  )

  test('wherever the operator trusts it', async () => {
    const trusted = ['http://10.0.0.5:9000']
    expect((await check('http://10.0.0.5:9000/bucket/x', { trusted })).url.port).toBe('9000')
    expect(await failureOf(check('http://10.0.0.5:9001/bucket/x', { trusted }))).toBeDefined()
  })
})

describe('an upload URL is refused', () => {
  test.each([
    ['over http at a stranger', 'http://203.0.114.9/x'],
    ['on loopback, when the broker is not', 'http://127.0.0.1:9000/x'],
    ['on loopback by another name', 'https://[::ffff:127.0.0.1]/x'],
    ['on a private network', 'https://10.0.0.5/x'],
    ['at a cloud’s metadata service', 'http://169.254.169.254/latest/meta-data'],
    ['at a decimal spelling of one', 'https://2852039166/x'],
    ['at a name that is only for inside', 'https://metadata.google.internal/x'],
    ['with a user name', 'https://user:pass@203.0.114.9/x'],
    ['of a file', 'file:///etc/passwd'],
    ['of data', 'data:text/plain,x'],
  ])('%s', async (_, url) => {
    const failure = await failureOf(check(`${url}?${secret}`))
    expect(failure).toMatchObject({ code: 'unsafe_upload_url', recovery: 'none' })
    expect(failure.message).not.toContain('deadbeef')
    expect(failure.message).not.toContain('pass@')
  })

  test.each([['203.0.114.9', '10.0.0.1'], ['127.0.0.1'], ['::1']])(
    'at a name that also resolves to %s %s',
    async (...addresses) => {
      const resolve = async (name: string): Promise<string[]> => (name === 'storage.example.com' ? addresses : [])
      vi.spyOn(platform, 'resolveAddresses').mockImplementation(resolve)
      onTestFinished(() => void vi.restoreAllMocks())
      expect(await failureOf(check('https://storage.example.com/x'))).toMatchObject({ code: 'unsafe_upload_url' })
    },
  )

  test('when it asks for the token elsewhere than at the broker', async () => {
    const failure = await failureOf(
      check('https://203.0.114.9/x', { requiresAuth: true, trusted: ['https://203.0.114.9'] }),
    )
    expect(failure.code).toBe('unsafe_upload_url')
    expect((await failureOf(check('https://203.0.114.7:8443/x', { requiresAuth: true }))).code).toBe(
      'unsafe_upload_url',
    )
  })

  test('when it is none', async () => {
    expect((await failureOf(check('http://'))).code).toBe('invalid_answer')
  })
})

describe('a header that the broker asks for', () => {
  test('is sent when an object store needs it', async () => {
    const headers = {
      'Content-Type': 'image/png',
      'x-amz-checksum-sha256': 'abc=',
      'If-None-Match': '*',
      'x-goog-hash': 'x',
    }
    expect((await check('/x', { headers })).headers).toEqual({
      'content-type': 'image/png',
      'x-amz-checksum-sha256': 'abc=',
      'if-none-match': '*',
      'x-goog-hash': 'x',
    })
  })

  test.each([
    ['Authorization', 'Basic x'],
    ['Cookie', 'a=b'],
    ['Host', 'internal'],
    ['Transfer-Encoding', 'chunked'],
    ['Content-Length', '0'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['Metadata-Flavor', 'Google'],
    ['x-amz-meta', 'a\r\nb: c'],
    ['x-amz-meta', 7],
  ])('is refused when it is %s: %j', async (name, value) => {
    expect(await failureOf(check('/x', { headers: { [name]: value } }))).toMatchObject({ code: 'invalid_answer' })
  })
})
