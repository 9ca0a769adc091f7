import { trace } from '@opentelemetry/api'
import { Controller, Get, Inject, Module, Req } from '@nestjs/common'
import { APP_GUARD, APP_INTERCEPTOR, ExternalContextCreator } from '@nestjs/core'
import { createStore, send, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, test } from 'vitest'
import { ArtifactInterceptor, ArtifactsModule, CaptureArtifacts, SkipArtifacts } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const { client } = createStore()

class Resolver {
  @CaptureArtifacts({ arguments: true, result: true })
  resolve(...values: unknown[]): unknown {
    return values
  }
}

class SkippedResolver {
  @SkipArtifacts()
  resolve(...values: unknown[]): unknown {
    return values.length
  }
}

/** Calls its resolver as a GraphQL driver or a scheduler does: through guards and interceptors, in a context of its own. */
@Controller()
class CallingController {
  readonly #creator: ExternalContextCreator

  constructor(@Inject(ExternalContextCreator) creator: ExternalContextCreator) {
    this.#creator = creator
  }

  @Get('call/graphql') callGraphQL(): Promise<unknown> {
    return this.#call('graphql', [{ root: true }, { argument: 1 }])
  }
  @Get('call/rpc') callRpc(): Promise<unknown> {
    return this.#call('rpc', [{ pattern: 'p' }])
  }
  @Get('call/nothing') callNothing(): Promise<unknown> {
    return this.#call('http', [])
  }
  @Get('call/text') callText(): Promise<unknown> {
    return this.#call('http', ['a text', 7])
  }
  @Get('call/objects') callObjects(): Promise<unknown> {
    return this.#call('http', [{ raw: 1 }, { raw: null }])
  }

  @Get('call/skipped') callSkipped(@Req() req: object): Promise<unknown> {
    return this.#call('graphql', [{}, {}, { req }], new SkippedResolver())
  }
  @Get('call/skipped-reply') callSkippedReply(@Req() request: object): Promise<unknown> {
    return this.#call('graphql', [{}, {}, { reply: { request } }], new SkippedResolver())
  }

  #call(type: string, parameters: unknown[], resolver: object = new Resolver()): Promise<unknown> {
    const callback: unknown = Reflect.get(resolver, 'resolve')
    if (!isHandler(callback)) throw new TypeError('There is no resolver.')
    const handler = this.#creator.create(
      resolver,
      callback,
      'resolve',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      type,
    )
    return handler(...parameters)
  }
}

function isHandler(value: unknown): value is (...values: unknown[]) => unknown {
  return typeof value === 'function'
}

describe.each(PLATFORMS)('Nest on %s', (platform) => {
  test.each([
    ['a GraphQL resolver', '/call/graphql', [{ root: true }, { argument: 1 }]],
    ['a message handler', '/call/rpc', [{ pattern: 'p' }]],
    ['a handler that is called with nothing', '/call/nothing', []],
    ['a handler that is called with no request', '/call/text', ['a text', 7]],
    ['a handler that is called with other objects', '/call/objects', [{ raw: 1 }, { raw: null }]],
  ])('leaves %s alone, and captures the exchange around it', async (_, path, result) => {
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [CallingController],
    })
    const received = await send(server.url + path)
    expect([received.status, JSON.parse(received.body.toString())]).toEqual([200, result])
    const names = Object.keys(await tracing.serverAttributes()).filter((name) => name.startsWith('span_artifacts'))
    expect(names).toEqual(['span_artifacts.http.response.body'])
  })

  test.each(['/call/skipped', '/call/skipped-reply'])(
    'captures nothing of an exchange with a GraphQL resolver that is skipped: %s',
    async (path) => {
      await using server = await serveNest(platform, {
        imports: [ArtifactsModule.forRoot({ client })],
        controllers: [CallingController],
      })
      expect((await send(server.url + path)).body.toString()).toBe('3')
      const names = Object.keys(await tracing.serverAttributes())
      expect(names.filter((name) => name.startsWith('span_artifacts'))).toEqual([])
    },
  )

  test('breaks nothing where the interceptor alone meets a handler without a request', async () => {
    @Module({ providers: [ArtifactInterceptor] })
    class Alone {
      readonly name = 'alone'
    }
    await using server = await serveNest(platform, {
      imports: [Alone],
      controllers: [CallingController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: ArtifactInterceptor }],
    })
    for (const path of ['/call/nothing', '/call/text', '/call/objects']) {
      expect((await send(server.url + path)).status).toBe(200)
    }
  })
})

test('without a sampled span neither request nor response is touched', async () => {
  @Controller()
  class LookingController {
    @Get('untraced') look(): string {
      return trace.getActiveSpan() === undefined ? 'no span' : 'a span'
    }
  }
  for (const platform of PLATFORMS) {
    const touched: string[] = []
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [LookingController],
      providers: [
        {
          provide: APP_GUARD,
          useValue: {
            canActivate: (context: { getArgs(): { raw?: object }[] }) => {
              for (const message of context.getArgs().slice(0, 2)) {
                touched.push(...Object.keys(Object.getOwnPropertyDescriptors(message.raw ?? message)))
              }
              return true
            },
          },
        },
      ],
    })
    expect((await send(`${server.url}/untraced`)).body.toString()).toBe('no span')
    expect(touched).toContain('_readableState')
    for (const name of ['push', 'pipe', 'write', 'end']) expect(touched).not.toContain(name)
  }
})
