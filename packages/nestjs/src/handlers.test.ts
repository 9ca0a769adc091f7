import { diag, DiagLogLevel } from '@opentelemetry/api'
import { Controller, Module, Post, UploadedFile, UseInterceptors } from '@nestjs/common'
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core'
import { FileInterceptor } from '@nestjs/platform-express'
import { parseArtifactReference, REDACTED } from '@span-artifacts/core'
import {
  capturedExchange,
  createStore,
  multipart,
  send,
  sha256,
  startTracing,
  type ReceivedResponse,
} from '@span-artifacts/http-testing'
import { throwError } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArtifactsModule, CaptureArtifacts, type HttpCaptureOptions } from './index.js'
import {
  DecoratedController,
  ExtendingController,
  Greeting,
  HidingInterceptor,
  OrdersController,
  PlainController,
  PrivateController,
  SECRET,
} from './test-fixtures/orders-controllers.js'
import { PLATFORMS, serveNest, type Platform } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const store = createStore()
const { client } = store
const json = { 'content-type': 'application/json' }
/** Alike warnings are logged once in half a minute: whichever test comes first sees them. */
const warnings: string[] = []
const warn = (...parameters: unknown[]): void => void warnings.push(parameters.join(' '))

beforeAll(() => {
  const logger = { error: warn, warn, info: warn, debug: warn, verbose: warn }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
})
afterAll(() => diag.disable())

/** The JSON that an attribute of the SERVER span leads to. */
const stored = async (attribute: string): Promise<unknown> => {
  const reference = parseArtifactReference((await tracing.serverAttributes())[attribute])
  const bytes = (await store.blobs()).get(String(reference?.sha256))
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString())
}

const bodyAttributes = async (): Promise<string[]> =>
  Object.keys(await tracing.serverAttributes()).filter((name) => /span_artifacts|body/.test(name))

const serve = (platform: Platform, options: HttpCaptureOptions = {}): ReturnType<typeof serveNest> =>
  serveNest(platform, {
    imports: [ArtifactsModule.forRoot({ client, ...options })],
    controllers: [OrdersController, DecoratedController, PlainController, PrivateController, ExtendingController],
    providers: [Greeting],
  })

describe.each(PLATFORMS)('Nest on %s', (platform) => {
  const exchange = async (path: string, body?: unknown, options?: HttpCaptureOptions): Promise<ReceivedResponse> => {
    await using server = await serve(platform, options)
    const sent = body === undefined ? {} : { headers: json, body: JSON.stringify(body) }
    const received = await send(server.url + path, sent)
    await tracing.serverAttributes()
    return received
  }

  describe('@CaptureArtifacts()', () => {
    test('captures the arguments after pipes, and the result, of a handler that is asked for them', async () => {
      const received = await exchange('/orders/7/detailed', { name: 'a lamp' })
      expect(received.status).toBe(201)
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([7, { name: 'a lamp' }])
      expect(await stored('span_artifacts.nestjs.result')).toEqual(JSON.parse(received.body.toString()))
    })

    test('captures neither where nobody asks', async () => {
      await exchange('/orders/plain', { name: 'a lamp' })
      expect((await bodyAttributes()).filter((name) => name.includes('nestjs'))).toEqual([])
    })

    test('may stand above the decorator of the route', async () => {
      const received = await exchange('/orders/above?q=word')
      expect(received.body.toString()).toBe('word')
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual(['word'])
    })

    test('shows requests, responses and streams by their class', async () => {
      const received = await exchange('/orders/live')
      expect(received.body.toString()).toBe('xx')
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([
        expect.stringMatching(/^\[\w+\]$/),
        expect.stringMatching(/^\[\w+\]$/),
      ])
      expect(await stored('span_artifacts.nestjs.result')).toBe('[StreamableFile]')
    })

    test('captures the last value of an Observable', async () => {
      expect((await exchange('/orders/observable')).body.toString()).toBe('3')
      expect(await stored('span_artifacts.nestjs.result')).toBe(3)
    })

    test('captures no result of a handler that fails', async () => {
      expect((await exchange('/orders/failing')).status).toBe(500)
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([])
      expect(await bodyAttributes()).not.toContain('span_artifacts.nestjs.result')
    })

    test('captures the result that an interceptor of the handler has made of it', async () => {
      await exchange('/orders/hiding')
      expect(await stored('span_artifacts.nestjs.result')).toEqual({ shown: 1 })
    })

    test.each([
      ['an interceptor of the application', { provide: APP_INTERCEPTOR, useClass: HidingInterceptor }],
      ['one that it makes by hand', { provide: APP_INTERCEPTOR, useValue: new HidingInterceptor() }],
    ])('captures the result that %s has made of it, whichever module comes first', async (_, provider) => {
      await using server = await serveNest(platform, {
        imports: [ArtifactsModule.forRoot({ client })],
        controllers: [OrdersController],
        providers: [Greeting, provider],
      })
      const received = await send(`${server.url}/orders/shown`)
      expect(received.body.toString()).toBe('{"shown":2}')
      await tracing.serverAttributes()
      expect(await stored('span_artifacts.nestjs.result')).toEqual({ shown: 2 })
    })

    test('leaves a result alone that throws when it is read, and says so without its words', async () => {
      const received = await exchange('/orders/hostile')
      expect([received.status, received.body.toString()]).toEqual([200, '{"fine":true}'])
      expect(await bodyAttributes()).toEqual([])
      expect(warnings.join()).toContain('span_artifacts.nestjs.result could not be written as JSON: Error')
      expect(warnings.join()).not.toContain(SECRET)
    })

    test('redacts arguments and results', async () => {
      const received = await exchange('/orders/secret', { password: SECRET })
      expect(received.body.toString()).toContain(SECRET)
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([{ password: REDACTED }])
      expect(await stored('span_artifacts.nestjs.result')).toEqual({ user: 'ada', access_token: REDACTED })
    })

    test('redacts arguments that are one secret value of the request', async () => {
      await exchange(`/orders/login/${SECRET}?personal_number=1234&code=5`, { user: 'ada', password: SECRET })
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([
        'ada',
        REDACTED,
        null,
        REDACTED,
        '1234',
        { personal_number: '1234', code: '5' },
      ])
      tracing.reset()
      const redact = { keys: ['personal_number'] }
      await exchange('/orders/login/t?personal_number=1234', { user: 'ada', password: SECRET }, { redact })
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([
        'ada',
        REDACTED,
        null,
        REDACTED,
        REDACTED,
        { personal_number: REDACTED },
      ])
      tracing.reset()
      await exchange('/orders/login/t', { user: 'ada', password: SECRET }, { redact: false })
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual(['ada', SECRET, null, 't', null, {}])
    })

    test('renames attributes and shows previews', async () => {
      await exchange('/orders/renamed', { name: 'a lamp' })
      const attributes = await tracing.serverAttributes()
      const digest = sha256('{"name":"a lamp"}')
      for (const name of ['order.request', 'order.response', 'order.result']) {
        expect(parseArtifactReference(attributes[name])).toMatchObject({ sha256: digest })
      }
      expect(attributes['http.request.body.content']).toBe('{"name')
      expect(attributes['http.response.body.content']).toBe('{"name')
      expect(attributes).not.toHaveProperty('span_artifacts.http.request.body')
    })

    test('lowers the cap of both bodies', async () => {
      const body = { text: 'more than twenty bytes' }
      const received = await exchange('/orders/limited', body)
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect(request).toMatchObject({ sha256: sha256(JSON.stringify(body)), dropped: 'too_large' })
      expect(response).toMatchObject({ size_bytes: received.body.length, dropped: 'too_large' })
    })

    test('turns a direction off', async () => {
      const received = await exchange('/orders/answer-only', { not: 'wanted' })
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect([request, response?.sha256]).toEqual([undefined, sha256(received.body)])
      expect((await store.blobs()).has(sha256('{"not":"wanted"}'))).toBe(false)
    })

    test('turns on what the module turns off, for this handler only', async () => {
      const off = { request: false, response: false }
      const received = await exchange('/orders/everything', { wanted: true }, off)
      expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
        request: { sha256: sha256('{"wanted":true}') },
        response: { sha256: sha256(received.body) },
      })
      tracing.reset()
      await exchange('/orders/plain', { unwanted: platform }, off)
      expect(await bodyAttributes()).toEqual([])
      expect((await store.blobs()).has(sha256(JSON.stringify({ unwanted: platform })))).toBe(false)
    })

    test('on a class holds for all its handlers, own and inherited', async () => {
      expect((await exchange('/class/own/9')).body.toString()).toBe('<9>')
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual(['9'])
      expect(await stored('class.result')).toBe('<9>')
      tracing.reset()
      await exchange('/class/inherited', { from: 'above' })
      expect(await stored('span_artifacts.nestjs.arguments')).toEqual([{ from: 'above' }])
      expect(await stored('class.result')).toEqual({ from: 'above' })
    })

    test('on a class does not reach another class with the same inherited handler', async () => {
      await exchange('/plain/inherited', { from: 'above' })
      expect((await bodyAttributes()).filter((name) => /nestjs|class/.test(name))).toEqual([])
    })

    test('on a class holds for the classes that extend it, but for no other call than that of the handler', async () => {
      for (const path of ['/extending/created', '/extending/own']) {
        await exchange(path, { sent: path })
        expect(await stored('span_artifacts.nestjs.arguments')).toEqual([{ sent: path }])
        tracing.reset()
      }
      await exchange('/extending/secret', { sent: 1 })
      expect(await bodyAttributes()).toEqual([])
    })

    test('on a handler goes before its class', async () => {
      await exchange('/class/quiet')
      expect((await bodyAttributes()).filter((name) => /nestjs|class/.test(name))).toEqual([])
      expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('quiet'))
    })
  })

  describe('nothing is captured of a handler', () => {
    test.each([
      ['with @SkipArtifacts()', '/orders/skipped'],
      ['that is not enabled', '/orders/disabled'],
      ['with both decorators', '/orders/both'],
      ['with @SkipArtifacts() that fails', '/orders/skipped-failing'],
      ['with @SkipArtifacts() whose guard refuses', '/orders/skipped-guarded'],
      ['whose class has @SkipArtifacts()', '/private/one'],
    ])('%s', async (_, path) => {
      const body = { note: `a note to ${platform}${path}` }
      await exchange(path, body)
      expect(await bodyAttributes()).toEqual([])
      expect((await store.blobs()).has(sha256(JSON.stringify(body)))).toBe(false)
    })

    test('except where the handler of a skipped class asks for it', async () => {
      await exchange('/private/public', { note: 'public' })
      expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
        request: { sha256: sha256('{"note":"public"}') },
        response: { sha256: sha256('{"note":"public"}') },
      })
    })
  })

  describe('where some handler is skipped, what was sent is forgotten of a request', () => {
    test.each([
      ['that the parser refuses', '/orders/plain', '{"guarded":'],
      ['that nobody handles', '/nowhere', '{"lost":1}'],
    ])('%s', async (_, path, body) => {
      await using server = await serveNest(platform, {
        imports: [ArtifactsModule.forRoot({ client })],
        controllers: [OrdersController],
        providers: [Greeting],
      })
      const received = await send(server.url + path, { headers: json, body })
      expect(received.status).toBeGreaterThanOrEqual(400)
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect([request, response?.sha256]).toEqual([undefined, sha256(received.body)])
      expect((await store.blobs()).has(sha256(body))).toBe(false)
    })

    test('with the answer, where that may quote what was sent to the skipped handler', async () => {
      const body = `{"card":${SECRET}`
      const received = await exchange('/orders/skipped', undefined)
      expect(received.status).toBe(404)
      tracing.reset()
      await using server = await serve(platform)
      expect((await send(`${server.url}/orders/skipped`, { headers: json, body })).status).toBe(400)
      expect(await bodyAttributes()).toEqual([])
      expect((await store.blobs()).has(sha256(body))).toBe(false)
    })

    test('but not of one whose handler is known when its own guard refuses', async () => {
      const received = await exchange('/orders/guarded', { guarded: 2 })
      expect(received.status).toBe(403)
      expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
        request: { sha256: sha256('{"guarded":2}') },
        response: { sha256: sha256(received.body) },
      })
    })

    test('but not of one that a middleware answers', async () => {
      @Module({ imports: [ArtifactsModule.forRoot({ client })] })
      class WithMiddleware {
        configure(consumer: { apply(middleware: unknown): { forRoutes(path: string): void } }): void {
          consumer
            .apply((request: NodeJS.ReadableStream, response: { end(body: string): void }) => {
              request.on('end', () => response.end('early')).resume()
            })
            .forRoutes('early')
        }
      }
      await using server = await serveNest(platform, { imports: [WithMiddleware] }, { withoutParsers: true })
      await send(`${server.url}/early`, { headers: json, body: '{"graph":"ql"}' })
      expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256('{"graph":"ql"}'))
    })
  })

  test('a guard of the application that refuses everything hides no handler from the capture, whichever module comes first', async () => {
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [OrdersController],
      providers: [Greeting, { provide: APP_GUARD, useValue: { canActivate: () => false } }],
    })
    const body = '{"refused":1}'
    for (const [path, digest] of [
      ['/orders/skipped', undefined],
      ['/orders/plain', sha256(body)],
    ] as const) {
      tracing.reset()
      const received = await send(server.url + path, { headers: json, body })
      expect(received.status).toBe(403)
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect([request?.sha256, response?.sha256]).toEqual([digest, digest && sha256(received.body)])
    }
  })

  test('a request that is ignored stays ignored, whatever its handler asks for', async () => {
    await exchange('/orders/secret', { password: 'x' }, { ignore: ({ url }) => url === '/orders/secret' })
    expect(await bodyAttributes()).toEqual([])
  })

  test('what shouldCapture does not want is forgotten with arguments and result', async () => {
    await exchange('/orders/3/detailed', { name: `unwanted on ${platform}` }, { shouldCapture: () => false })
    expect(await bodyAttributes()).toEqual([])
    expect((await store.blobs()).has(sha256(JSON.stringify([3, { name: `unwanted on ${platform}` }])))).toBe(false)
  })

  test('what an interceptor of the application throws reaches the client as ever', async () => {
    const failing = { intercept: () => throwError(() => new Error('an interceptor')) }
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [OrdersController],
      providers: [Greeting, { provide: APP_INTERCEPTOR, useValue: failing }],
    })
    expect((await send(`${server.url}/orders/above`)).status).toBe(500)
    expect(capturedExchange(await tracing.serverAttributes()).response).toBeDefined()
  })
})

test('uploaded files among the arguments are described, their bytes counted', async () => {
  @Controller()
  class UploadController {
    @Post()
    @UseInterceptors(FileInterceptor('photo'))
    @CaptureArtifacts({ arguments: true })
    upload(@UploadedFile() file: { readonly size: number }): number {
      return file.size
    }
  }
  await using server = await serveNest('Express', {
    imports: [ArtifactsModule.forRoot({ client })],
    controllers: [UploadController],
  })
  await send(server.url, multipart([{ name: 'photo', filename: 'a.png', contentType: 'image/png', content: 'tiny' }]))
  expect(await stored('span_artifacts.nestjs.arguments')).toMatchObject([
    { originalname: 'a.png', buffer: '[4 bytes]' },
  ])
  expect(capturedExchange(await tracing.serverAttributes()).files).toMatchObject([{ sha256: sha256('tiny') }])
})

test('files are left out, or capped, for one handler', async () => {
  @Controller()
  @UseInterceptors(FileInterceptor('photo'))
  class UploadController {
    @Post('none') @CaptureArtifacts({ files: false }) none(): string {
      return 'none'
    }
    @Post('capped') @CaptureArtifacts({ maxFileBytes: 3 }) capped(): string {
      return 'capped'
    }
  }
  await using server = await serveNest('Express', {
    imports: [ArtifactsModule.forRoot({ client })],
    controllers: [UploadController],
  })
  const form = multipart([
    { name: 'album', content: 'Winter' },
    { name: 'photo', filename: 'a.png', contentType: 'image/png', content: 'a snowman' },
  ])
  const captured = []
  for (const path of ['/none', '/capped']) {
    tracing.reset()
    await send(server.url + path, form)
    captured.push(capturedExchange(await tracing.serverAttributes()))
  }
  const request = { sha256: sha256('{"album":"Winter"}') }
  expect(captured).toMatchObject([
    { request, files: [] },
    { request, files: [{ sha256: sha256('a snowman'), dropped: 'too_large' }] },
  ])
  expect((await store.blobs()).has(sha256('a snowman'))).toBe(false)
})

describe('a mistake in @CaptureArtifacts() is an error when the class is defined', () => {
  test.each([
    ['an unknown option', { maxBodySize: 1 }, /Unknown option "maxBodySize" of @CaptureArtifacts\(\)/],
    ['an option of the module', { redact: false }, /Unknown option "redact"/],
    ['a switch', { result: 'yes' }, /Option "result" of @CaptureArtifacts\(\) must be true or false/],
    ['a limit', { maxBodyBytes: '1kb' }, /"maxBodyBytes" of @CaptureArtifacts\(\) must be a number of bytes/],
    ['a name', { attributeNames: { result: '' } }, /Option "attributeNames" of @CaptureArtifacts\(\) must be/],
    ['an unknown name', { attributeNames: { body: 'b' } }, /"attributeNames" of @CaptureArtifacts\(\) must be/],
  ])('%s', (_, options, message) => {
    expect(() => Reflect.apply(CaptureArtifacts, undefined, [options])).toThrow(message)
  })
})

test('the metadata of a handler survives being observed', () => {
  const detailed: unknown = Reflect.get(OrdersController.prototype, 'detailed')
  expect(Reflect.getMetadataKeys(Object(detailed))).toEqual(
    expect.arrayContaining(['path', 'method', 'span-artifacts:capture']),
  )
  expect(detailed).toHaveProperty('name', 'detailed')
})
