import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyMultipart from '@fastify/multipart'
import type { MultipartFile } from '@fastify/multipart'
import {
  BadRequestException,
  Body,
  Catch,
  Controller,
  Get,
  HttpException,
  Module,
  Param,
  Post,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UploadedFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type MessageEvent,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FileInterceptor } from '@nestjs/platform-express'
import {
  capturedExchange,
  createStore,
  multipart,
  pseudoRandomBytes,
  send,
  sha256,
  startTracing,
} from '@span-artifacts/http-testing'
import { configureArtifacts, memoryDestination } from '@span-artifacts/core'
import { of, type Observable } from 'rxjs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ArtifactsModule, type HttpCaptureOptions } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const store = createStore()
const { client } = store
const json = { 'content-type': 'application/json' }
const page = 'a page\n'.repeat(20_000)
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'span-artifacts-nestjs-'))
  await writeFile(join(directory, 'page.txt'), page)
})
afterAll(() => rm(directory, { recursive: true }))

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

class ShortAndStout extends Error {}

interface Reply {
  status(code: number): Reply
  send(body: unknown): unknown
}

@Catch(ShortAndStout)
class TeapotFilter implements ExceptionFilter {
  catch(_error: ShortAndStout, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(418).send({ error: 'short and stout' })
  }
}

class NameValidation {
  transform(body: { readonly name?: unknown }): unknown {
    if (typeof body.name !== 'string') throw new BadRequestException({ problem: 'no name' })
    return body
  }
}

@Controller()
class PlainController {
  @Get('json') object(): object {
    return { a: 1 }
  }
  @Post('echo') echo(@Body() body: unknown): unknown {
    return body
  }
  @Post('validated') validated(@Body(NameValidation) body: unknown): unknown {
    return body
  }
  @Get('text') text(): string {
    return 'a text'
  }
  @Get('observable') observable(): Observable<object> {
    return of({ emitted: true })
  }
  @Get('file') file(): StreamableFile {
    return new StreamableFile(createReadStream(join(directory, 'page.txt')), { type: 'text/plain' })
  }
  @Get('bytes') bytes(): StreamableFile {
    return new StreamableFile(pseudoRandomBytes(1000, 3), { type: 'image/png' })
  }
  @Sse('sse') events(): Observable<MessageEvent> {
    return of({ data: { first: 1 } }, { data: { second: 2 } })
  }
  @Get('manual') manual(@Res() reply: Reply): void {
    reply.send('sent by hand')
  }
  @Get('passthrough') passthrough(@Res({ passthrough: true }) reply: Reply): object {
    reply.status(202)
    return { passed: 'through' }
  }
  @Get('redirect') @Redirect('/elsewhere', 302) redirect(): void {}
  @Get('refused') @UseGuards(RefusingGuard) refused(): string {
    return 'never seen'
  }
  @Post('refused') @UseGuards(RefusingGuard) refusedPost(@Body() body: unknown): unknown {
    return body
  }
  @Get('filtered') @UseFilters(TeapotFilter) filtered(): never {
    throw new ShortAndStout('tip me over')
  }
  @Get('exception') exception(): never {
    throw new HttpException({ reason: 'gone' }, 410)
  }
  @Get('error') error(): never {
    throw new Error('not meant for anybody')
  }
  @Get('items/:id') item(@Param('id') id: string): object {
    return { id }
  }
}

const answers: readonly [what: string, path: string, status: number][] = [
  ['an object', '/json', 200],
  ['a text', '/text', 200],
  ['an Observable', '/observable', 200],
  ['a StreamableFile of a stream', '/file', 200],
  ['a StreamableFile of bytes', '/bytes', 200],
  ['@Res() by hand', '/manual', 200],
  ['@Res() in passthrough', '/passthrough', 202],
  ['a guard that refuses', '/refused', 403],
  ['an exception filter', '/filtered', 418],
  ['an HttpException', '/exception', 410],
  ['an unexpected error', '/error', 500],
  ['nobody at all', '/nowhere', 404],
  ['a handler with a parameter', '/items/7', 200],
]

describe.each(PLATFORMS)('Nest on %s', (platform) => {
  const serve = (options: HttpCaptureOptions = {}): ReturnType<typeof serveNest> =>
    serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client, ...options })],
      controllers: [PlainController],
    })

  test.each([...answers])('captures the answer of %s as it went out', async (_, path, status) => {
    await using server = await serve()
    const received = await send(server.url + path)
    expect(received.status).toBe(status)
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response).toMatchObject({ sha256: sha256(received.body), size_bytes: received.body.length })
    expect(response).not.toHaveProperty('truncated')
    expect((await store.blobs()).has(sha256(received.body))).toBe(true)
  })

  test('captures no answer of a redirect without a body', async () => {
    await using server = await serve()
    const received = await send(`${server.url}/redirect`)
    expect([received.status, received.headers.location]).toEqual([302, '/elsewhere'])
    const { response } = capturedExchange(await tracing.serverAttributes())
    expect(response?.sha256).toBe(received.body.length > 0 ? sha256(received.body) : undefined)
  })

  test('captures server-sent events only when they are asked for', async () => {
    for (const contentTypes of [undefined, ['text/event-stream']]) {
      tracing.reset()
      await using server = await serve(contentTypes && { contentTypes })
      const received = await send(`${server.url}/sse`)
      expect(received.body.toString()).toContain('data: {"second":2}')
      const { response } = capturedExchange(await tracing.serverAttributes())
      expect(response?.sha256).toBe(contentTypes && sha256(received.body))
    }
  })

  test.each([
    ['a handler takes', '/echo', '{"name":"Ada"}', 201],
    ['a pipe refuses', '/validated', '{"nobody":true}', 400],
    ['a guard refuses', '/refused', '{"name":"Mallory"}', 403],
    ['the parser refuses', '/echo', '{"name":', 400],
  ])('captures the JSON that %s, and the answer', async (_, path, body, status) => {
    await using server = await serve()
    const received = await send(server.url + path, { headers: json, body })
    expect(received.status).toBe(status)
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256(body), content_type: 'application/json' },
      response: { sha256: sha256(received.body) },
    })
  })

  test('captures what a middleware answers that a module configures', async () => {
    @Module({ imports: [ArtifactsModule.forRoot({ client })] })
    class WithMiddleware implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer
          .apply((_request: unknown, response: { end(body: string): void }) => response.end('from a middleware'))
          .forRoutes('early')
      }
    }
    await using server = await serveNest(platform, { imports: [WithMiddleware], controllers: [PlainController] })
    expect((await send(`${server.url}/early`)).body.toString()).toBe('from a middleware')
    expect(capturedExchange(await tracing.serverAttributes()).response?.sha256).toBe(sha256('from a middleware'))
  })

  test('captures once where two modules import it, by the options of the first', async () => {
    @Module({ imports: [ArtifactsModule.forRoot({ client, request: true, previewBytes: 5 })] })
    class Another {
      readonly name = 'another'
    }
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client, request: false }), Another],
      controllers: [PlainController],
    })
    await send(`${server.url}/echo`, { headers: json, body: '{"once":1}' })
    const attributes = await tracing.serverAttributes()
    expect(capturedExchange(attributes)).toMatchObject({
      request: undefined,
      response: { sha256: sha256('{"once":1}') },
    })
    expect(attributes).not.toHaveProperty('http.response.body.content')
  })

  test('captures by the defaults where the module is imported without options', async () => {
    const ofProcess = configureArtifacts({ destination: memoryDestination() })
    onTestFinished(() => ofProcess.shutdown())
    await using server = await serveNest(platform, { imports: [ArtifactsModule], controllers: [PlainController] })
    await send(`${server.url}/echo`, { headers: json, body: '{"bare":1}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { sha256: sha256('{"bare":1}') },
      response: { sha256: sha256('{"bare":1}') },
    })
  })

  test('fails to start, naming the option, where the options are wrong', async () => {
    const options = JSON.parse('{ "maxBodySize": 1 }')
    await expect(serveNest(platform, { imports: [ArtifactsModule.forRoot(options)] })).rejects.toThrow(
      /Unknown option "maxBodySize"/,
    )
  })
})

const photo = pseudoRandomBytes(150_000, 4)
const form = multipart([
  { name: 'album', content: 'Summer' },
  { name: 'photo', filename: 'sümmer.png', contentType: 'image/png', content: photo },
])
const capturedForm = {
  request: { sha256: sha256('{"album":"Summer"}'), content_type: 'application/json' },
  files: [{ sha256: sha256(photo), size_bytes: photo.length, filename: 'sümmer.png', field: 'photo' }],
}

describe('files are captured one by one', () => {
  test('with FileInterceptor on Express', async () => {
    @Controller()
    class UploadController {
      @Post('upload')
      @UseInterceptors(FileInterceptor('photo'))
      upload(@UploadedFile() file: { readonly buffer: Buffer }): string {
        return sha256(file.buffer)
      }
    }
    await using server = await serveNest('Express', {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [UploadController],
    })
    expect((await send(`${server.url}/upload`, form)).body.toString()).toBe(sha256(photo))
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject(capturedForm)
    expect(Buffer.from((await store.blobs()).get(sha256(photo)) ?? '').equals(photo)).toBe(true)
  })

  test('with @fastify/multipart on Fastify, whose request has a function named file', async () => {
    @Controller()
    class UploadController {
      @Post('upload')
      async upload(@Req() request: { file(): Promise<MultipartFile | undefined> }): Promise<string> {
        const file = await request.file()
        return file === undefined ? 'none' : sha256(await file.toBuffer())
      }
    }
    await using server = await serveNest(
      'Fastify',
      { imports: [ArtifactsModule.forRoot({ client })], controllers: [UploadController] },
      { prepareFastify: (app) => app.register(fastifyMultipart) },
    )
    expect((await send(`${server.url}/upload`, form)).body.toString()).toBe(sha256(photo))
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject(capturedForm)
  })
})

describe('where there is no server', () => {
  test('the module leaves a context without a server alone', async () => {
    @Module({ imports: [ArtifactsModule.forRoot({ client })] })
    class Standalone {
      readonly name = 'standalone'
    }
    const app = await NestFactory.createApplicationContext(Standalone, { logger: false, abortOnError: false })
    expect(app.get(Standalone).name).toBe('standalone')
    await app.close()
  })
})
