import {
  capturedExchange,
  consume,
  createStore,
  listen,
  send,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  captureAllRequests,
  checkRouteOptions,
  createRoutedHttpCapture,
  enterRoute,
  mergeRouteOptions,
  type HttpCaptureOptions,
  type RouteOptions,
} from './index.js'

const tracing = startTracing()
const store = createStore()
const json = { 'content-type': 'application/json' }

/** A framework that reads a request before it looks for its handler, and refuses what it has no handler for. */
const routes: Readonly<Record<string, RouteOptions | undefined>> = {
  '/plain': {},
  '/limited': { maxBodyBytes: 3, previewBytes: 2 },
  '/answer-only': { request: false },
  '/request': { request: true },
  '/skipped': { enabled: false },
  '/forbidden': undefined,
}

interface UnroutedSetup {
  /** Of the answer to a request that has no handler. */
  readonly status?: number
  readonly mayBeHidden?: Parameters<typeof createRoutedHttpCapture>[2]
}

async function exchange(
  path: string,
  options: HttpCaptureOptions = {},
  { status = 404, mayBeHidden }: UnroutedSetup = {},
) {
  const known = Object.values(routes).filter((route) => route !== undefined)
  const capture = createRoutedHttpCapture({ client: store.client, ...options }, known, mayBeHidden)
  await using server = await listen(async (request, response) => {
    capture(request, response)
    const body = await consume(request)
    const { url = '' } = request
    if (url in routes) enterRoute(request, routes[url])
    else response.statusCode = status
    response.setHeader('content-type', 'application/json').end(`[${body.toString()}]`)
  })
  await send(server.url + path, { headers: json, body: `{"to":"${path}"}` })
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  return { request, response, stored: (await store.blobs()).has(sha256(`{"to":"${path}"}`)) }
}

describe('a capture that learns late which handler a request is for', () => {
  test.each<[string, string, HttpCaptureOptions, object]>([
    ['captures both bodies', '/plain', {}, { request: {}, response: {}, stored: true }],
    [
      'lowers the cap of both',
      '/limited',
      {},
      { request: { dropped: 'too_large' }, response: { dropped: 'too_large' } },
    ],
    [
      'forgets a body that the handler does not want',
      '/answer-only',
      {},
      { request: undefined, response: {}, stored: false },
    ],
    [
      'has watched what only this handler wants',
      '/request',
      { request: false },
      { request: {}, response: {}, stored: true },
    ],
    ['forgets what it watched for others', '/plain', { request: false }, { request: undefined, response: {} }],
    [
      'forgets all of a handler that wants nothing',
      '/skipped',
      {},
      { request: undefined, response: undefined, stored: false },
    ],
    [
      'forgets all where it is told nothing',
      '/forbidden',
      {},
      { request: undefined, response: undefined, stored: false },
    ],
    [
      'forgets all of what never reached its handler',
      '/nowhere',
      {},
      { request: undefined, response: undefined, stored: false },
    ],
  ])('%s', async (_, path, options, expected) => expect(await exchange(path, options)).toMatchObject(expected))

  test.each([
    ['a refused request', 404, { request: undefined, response: {}, stored: false }],
    ['a request that something else answers', 200, { request: {}, response: {}, stored: true }],
  ])('can be told that %s was meant for no handler that hides anything', async (_, status, expected) => {
    const mayBeHidden = ({ url }: { readonly url?: string | undefined }): boolean => url !== `/else-${status}`
    expect(await exchange(`/else-${status}`, {}, { status, mayBeHidden })).toMatchObject(expected)
  })

  test('forgets all of a request that something else answers', async () => {
    const nothing = { request: undefined, response: undefined, stored: false }
    expect(await exchange('/cached', {}, { status: 200 })).toEqual(nothing)
  })
})

describe('beside the capture of all requests', () => {
  beforeEach(async () => {
    const stop = captureAllRequests({ client: store.client })
    // Node tells of a server with the first request that it gets.
    await using server = await listen((_, response) => void response.end())
    await send(server.url)
    await tracing.settled()
    tracing.reset()
    return stop
  })

  test('it goes by its own options', async () => {
    expect(await exchange('/plain', { response: false })).toMatchObject({ request: {}, response: undefined })
    tracing.reset()
    expect(await exchange('/skipped')).toEqual({ request: undefined, response: undefined, stored: false })
    tracing.reset()
    expect(await exchange('/request', { ignore: () => true })).toMatchObject({
      request: undefined,
      response: undefined,
    })
  })
})

describe('the options of a handler', () => {
  test('go before those of its group, name by name', () => {
    expect(
      mergeRouteOptions<RouteOptions>(
        { request: false, attributeNames: { requestBody: 'a', responseBody: 'b' } },
        { request: true, previewBytes: 1, attributeNames: { requestBody: 'c' } },
      ),
    ).toEqual({ request: true, previewBytes: 1, attributeNames: { requestBody: 'c', responseBody: 'b' } })
    expect(mergeRouteOptions(undefined, undefined)).toBeUndefined()
    expect([mergeRouteOptions({ files: false }, undefined), mergeRouteOptions(undefined, { files: false })]).toEqual([
      { files: false },
      { files: false },
    ])
  })

  test('are checked by name, the owner’s own among them', () => {
    const rules = { owner: '@Handler()', switches: ['loud'], attributeNames: ['mine'] }
    const check = (options: object): unknown => checkRouteOptions(options, rules)
    expect(check({ loud: true, files: undefined, attributeNames: { mine: 'm', responseBody: 'b' } })).toEqual({
      loud: true,
      attributeNames: { mine: 'm', responseBody: 'b' },
    })
    expect(() => check({ quiet: true })).toThrow(
      'Unknown option "quiet" of @Handler(). Known are: enabled, loud, request,',
    )
    expect(() => check({ enabled: 1 })).toThrow('Option "enabled" of @Handler() must be true or false, not 1.')
    expect(() => check({ attributeNames: { mine: '' } })).toThrow('Option "attributeNames" of @Handler() must be')
    expect(() => check({ attributeNames: { yours: 'y' } })).toThrow(
      /"attributeNames" of @Handler\(\) must be an object with some of/,
    )
    expect(() => check({ attributeNames: 'y' })).toThrow(/"attributeNames" of @Handler\(\) must be/)
    expect(() => check({ maxBodyBytes: -1 })).toThrow(/"maxBodyBytes" of @Handler\(\) must be a number of bytes/)
  })
})
