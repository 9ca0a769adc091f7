import { diag, DiagLogLevel } from '@opentelemetry/api'
import fastifyMultipart, { type MultipartFile } from '@fastify/multipart'
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Post,
  Req,
  UploadedFile,
  UseInterceptors,
  type Provider,
} from '@nestjs/common'
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core'
import { FileInterceptor } from '@nestjs/platform-express'
import {
  ArtifactConfigurationError,
  configureArtifacts,
  memoryDestination,
  parseArtifactReference,
} from '@span-artifacts/core'
import { capturedExchange, createStore, multipart, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import {
  ArtifactInterceptor,
  ARTIFACTS_OPTIONS,
  ArtifactsModule,
  CaptureArtifacts,
  SkipArtifacts,
  type HttpCaptureOptions,
} from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const store = createStore()
const { client } = store
const json = { 'content-type': 'application/json' }

@Controller()
class EchoController {
  @Post('echo') echo(@Body() body: unknown): unknown {
    return body
  }
  @Post('detailed') @CaptureArtifacts({ arguments: true, result: true }) detailed(@Body() body: unknown): unknown {
    return [body]
  }
  @Get('skipped') @SkipArtifacts() skipped(): string {
    return 'skipped'
  }
}

/** Alike warnings are logged once in half a minute: whichever test comes first sees them. */
const warnings: string[] = []
const log = (...parameters: unknown[]): void => void warnings.push(parameters.join(' '))

interface AloneSetup {
  readonly onClass?: boolean
  readonly providers?: Provider[]
}

/** Where an application keeps what only it knows at run time. */
@Injectable()
class Settings {
  readonly previewBytes: Promise<number> = Promise.resolve(4)
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {
  readonly name = 'settings'
}

@Injectable()
class CaptureSettings {
  readonly #settings: Settings

  constructor(@Inject(Settings) settings: Settings) {
    this.#settings = settings
  }

  async create(): Promise<HttpCaptureOptions> {
    return { client, request: false, previewBytes: await this.#settings.previewBytes }
  }
}

/** Options as a class, as applications write their configuration. */
class ClassOptions implements HttpCaptureOptions {
  readonly client = client
  readonly #ignored = '/detailed'

  get maxBodyBytes(): number {
    return 5
  }

  ignore({ url }: { readonly url?: string | undefined }): boolean {
    return url === this.#ignored
  }
}

@Module({ imports: [SettingsModule], providers: [CaptureSettings], exports: [CaptureSettings] })
class CaptureSettingsModule {
  readonly name = 'capture settings'
}

@Controller()
class FeatureController {
  readonly #options: HttpCaptureOptions
  readonly #interceptor: ArtifactInterceptor

  constructor(
    @Inject(ARTIFACTS_OPTIONS) options: HttpCaptureOptions,
    @Inject(ArtifactInterceptor) interceptor: ArtifactInterceptor,
  ) {
    this.#options = options
    this.#interceptor = interceptor
  }

  @Get('options') options(): object {
    const { previewBytes } = this.#options
    return { previewBytes, shared: this.#interceptor instanceof ArtifactInterceptor }
  }
}

@Module({ controllers: [FeatureController] })
class FeatureModule {
  readonly name = 'feature'
}

describe.each(PLATFORMS)('Nest on %s', (platform) => {
  test.each([
    [
      'a factory',
      ArtifactsModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: async (settings: Settings) => ({
          client,
          request: false,
          previewBytes: await settings.previewBytes,
        }),
      }),
    ],
    ['a class', ArtifactsModule.forRootAsync({ imports: [SettingsModule], useClass: CaptureSettings })],
    ['a provider', ArtifactsModule.forRootAsync({ imports: [CaptureSettingsModule], useExisting: CaptureSettings })],
  ])('takes its options from %s', async (_, module) => {
    await using server = await serveNest(platform, { imports: [module], controllers: [EchoController] })
    await send(`${server.url}/echo`, { headers: json, body: '{"a":1}' })
    const attributes = await tracing.serverAttributes()
    expect(capturedExchange(attributes)).toMatchObject({ request: undefined, response: { sha256: sha256('{"a":1}') } })
    expect(attributes['http.response.body.content']).toBe('{"a"')
  })

  test.each([
    ['forRoot()', () => ArtifactsModule.forRoot(new ClassOptions())],
    ['a factory', () => ArtifactsModule.forRootAsync({ useFactory: () => new ClassOptions() })],
  ])('honours methods and getters of an instance that %s is given', async (_, module) => {
    await using server = await serveNest(platform, { imports: [module()], controllers: [EchoController] })
    await send(`${server.url}/detailed`, { headers: json, body: '{"to":"ignore"}' })
    expect(capturedExchange(await tracing.serverAttributes())).toEqual({ files: [] })
    tracing.reset()
    await send(`${server.url}/echo`, { headers: json, body: '{"too":"large"}' })
    expect(capturedExchange(await tracing.serverAttributes())).toMatchObject({
      request: { dropped: 'too_large' },
      response: { dropped: 'too_large' },
    })
  })

  test.each(['null', '5'])('fails to start where a factory gives %s', async (given) => {
    const module = ArtifactsModule.forRootAsync({ useFactory: () => JSON.parse(given) })
    await expect(serveNest(platform, { imports: [module] })).rejects.toThrow(ArtifactConfigurationError)
    const nothing = ArtifactsModule.forRootAsync({ useFactory: () => JSON.parse('{}').nothing })
    await expect(serveNest(platform, { imports: [nothing] })).rejects.toThrow(/must be an object/)
  })

  test('fails to start where a factory gives wrong options', async () => {
    const module = ArtifactsModule.forRootAsync({ useFactory: () => JSON.parse('{"maxBodyBytes":"1kb"}') })
    await expect(serveNest(platform, { imports: [module] })).rejects.toThrow(
      /"maxBodyBytes" of an HTTP capture must be a number of bytes/,
    )
  })

  test('captures with no options at all, through the global client', async () => {
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot()],
      controllers: [EchoController],
    })
    const destination = memoryDestination()
    const global = configureArtifacts({ destination })
    await send(`${server.url}/echo`, { headers: json, body: '{"global":true}' })
    expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256('{"global":true}'))
    await global.forceFlush()
    expect(destination.artifacts.has(sha256('{"global":true}'))).toBe(true)
  })

  test('gives its interceptor and options to every module when it is global', async () => {
    for (const options of [{}, { isGlobal: true }]) {
      const module = ArtifactsModule.forRoot({ client, previewBytes: 3, ...options })
      await using server = await serveNest(platform, { imports: [module, FeatureModule] })
      expect(JSON.parse((await send(`${server.url}/options`)).body.toString())).toEqual({
        previewBytes: 3,
        shared: true,
      })
    }
  })

  test('gives them to nobody else when it is not global, and captures all the same', async () => {
    const module = ArtifactsModule.forRoot({ client, isGlobal: false })
    const serving = serveNest(platform, { imports: [module, FeatureModule] })
    await expect(serving).rejects.toThrow(/can't resolve dependencies of the FeatureController/)
    await using server = await serveNest(platform, { imports: [module], controllers: [EchoController] })
    await send(`${server.url}/echo`, { headers: json, body: '{"a":1}' })
    expect(capturedExchange(await tracing.serverAttributes()).request?.sha256).toBe(sha256('{"a":1}'))
  })

  describe('the interceptor alone', () => {
    test.each([
      ['on a class', { onClass: true }],
      ['on the application', { providers: [{ provide: APP_INTERCEPTOR, useClass: ArtifactInterceptor }] }],
      [
        'on the application, made by hand',
        { providers: [{ provide: APP_INTERCEPTOR, useValue: new ArtifactInterceptor(new Reflector(), { client }) }] },
      ],
    ])('%s captures answers, arguments and results', async (_, { onClass, providers = [] }: AloneSetup) => {
      @Controller()
      class Controlled extends EchoController {}
      if (onClass === true) UseInterceptors(ArtifactInterceptor)(Controlled)
      await using server = await serveNest(platform, {
        controllers: [Controlled],
        providers: [...providers, { provide: ARTIFACTS_OPTIONS, useValue: { client } }],
      })
      const received = await send(`${server.url}/detailed`, { headers: json, body: '{"a":1}' })
      const attributes = await tracing.serverAttributes()
      expect(capturedExchange(attributes)).toMatchObject({
        // Nest had parsed it before.
        request: undefined,
        response: { sha256: sha256(received.body) },
      })
      for (const name of ['arguments', 'result']) {
        expect(parseArtifactReference(attributes[`span_artifacts.nestjs.${name}`])?.sha256).toBe(sha256('[{"a":1}]'))
      }
      tracing.reset()
      await send(`${server.url}/skipped`)
      expect(capturedExchange(await tracing.serverAttributes()).response).toBeUndefined()
    })

    test('says so where it cannot see the arguments that a base class asks for', async () => {
      diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN)
      @CaptureArtifacts({ arguments: true })
      class Base {
        readonly name = 'base'
      }
      @UseInterceptors(ArtifactInterceptor)
      @Controller()
      class Extending extends Base {
        @Post('unseen') unseen(@Body() body: unknown): unknown {
          return body
        }
      }
      await using server = await serveNest(platform, {
        controllers: [Extending],
        providers: [{ provide: ARTIFACTS_OPTIONS, useValue: { client } }],
      })
      await send(`${server.url}/unseen`, { headers: json, body: '{"a":1}' })
      expect(await tracing.serverAttributes()).not.toHaveProperty('span_artifacts.nestjs.arguments')
      diag.disable()
      expect(warnings.join()).toContain('the arguments of unseen cannot be seen')
    })

    test('captures nothing that the module was told to ignore, not even in a module that cannot see its options', async () => {
      @UseInterceptors(ArtifactInterceptor)
      @Controller()
      class Feature extends EchoController {}
      @Module({ controllers: [Feature] })
      class Elsewhere {
        readonly name = 'elsewhere'
      }
      await using server = await serveNest(platform, {
        imports: [ArtifactsModule.forRoot({ client, isGlobal: false, ignore: () => true }), Elsewhere],
      })
      await send(`${server.url}/detailed`, { headers: json, body: '{"a":1}' })
      expect(Object.keys(await tracing.serverAttributes()).filter((name) => name.includes('artifacts'))).toEqual([])
    })

    test('beside the module captures once', async () => {
      @UseInterceptors(ArtifactInterceptor)
      @Controller()
      class Feature extends EchoController {}
      await using server = await serveNest(platform, {
        imports: [ArtifactsModule.forRoot({ client })],
        controllers: [Feature],
      })
      await send(`${server.url}/detailed`, { headers: json, body: '{"b":1}' })
      const attributes = await tracing.serverAttributes()
      expect(capturedExchange(attributes).request?.sha256).toBe(sha256('{"b":1}'))
      expect(parseArtifactReference(attributes['span_artifacts.nestjs.result'])?.sha256).toBe(sha256('[{"b":1}]'))
    })
  })
})

const form = multipart([{ name: 'photo', filename: 'a.png', contentType: 'image/png', content: 'a tiny photo' }])

describe('the interceptor alone captures the files of a form', () => {
  test('with FileInterceptor on Express', async () => {
    @Controller()
    @UseInterceptors(ArtifactInterceptor)
    class UploadController {
      @Post() @UseInterceptors(FileInterceptor('photo')) upload(
        @UploadedFile() file: { readonly size: number },
      ): number {
        return file.size
      }
    }
    await using server = await serveNest('Express', {
      controllers: [UploadController],
      providers: [{ provide: ARTIFACTS_OPTIONS, useValue: { client } }],
    })
    await send(server.url, form)
    expect(capturedExchange(await tracing.serverAttributes()).files).toMatchObject([{ sha256: sha256('a tiny photo') }])
  })

  test('with @fastify/multipart on Fastify', async () => {
    @Controller()
    @UseInterceptors(ArtifactInterceptor)
    class UploadController {
      @Post() async upload(@Req() request: { file(): Promise<MultipartFile | undefined> }): Promise<number> {
        const file = await request.file()
        return file === undefined ? 0 : (await file.toBuffer()).length
      }
    }
    await using server = await serveNest(
      'Fastify',
      { controllers: [UploadController], providers: [{ provide: ARTIFACTS_OPTIONS, useValue: { client } }] },
      { prepareFastify: (app) => app.register(fastifyMultipart) },
    )
    await send(server.url, form)
    expect(capturedExchange(await tracing.serverAttributes()).files).toMatchObject([{ sha256: sha256('a tiny photo') }])
  })
})
