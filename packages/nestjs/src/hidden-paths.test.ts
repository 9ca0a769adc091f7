import { Body, Controller, Module, Post, type MiddlewareConsumer, type NestModule } from '@nestjs/common'
import { RouterModule } from '@nestjs/core'
import { capturedExchange, createStore, send, sha256, startTracing } from '@span-artifacts/http-testing'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { ArtifactsModule, CaptureArtifacts, SkipArtifacts } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const store = createStore()
const { client } = store
const headers = { 'content-type': 'application/json' }

@Controller(['cards', 'old/cards'])
class CardsController {
  @Post(':id/payment') @SkipArtifacts() pay(@Body() body: unknown): unknown {
    return body
  }
  @Post('quiet') @CaptureArtifacts({ response: false }) quiet(@Body() body: unknown): unknown {
    return body
  }
  @Post('caf%C3%A9') @SkipArtifacts() escaped(@Body() body: unknown): unknown {
    return body
  }
  @Post('files/*') @CaptureArtifacts({ request: false }) files(@Body() body: unknown): unknown {
    return body
  }
  @Post('open') open(@Body() body: unknown): unknown {
    return body
  }
}

@SkipArtifacts()
@Controller('private')
class PrivateController {
  @Post() root(@Body() body: unknown): unknown {
    return body
  }
}

@Module({ controllers: [CardsController, PrivateController] })
class CardsModule {
  readonly name = 'cards'
}

/** Answers like a handler, as a cache for idempotency keys does: what it says may be what a skipped handler said before. */
function answerFromCache(request: IncomingMessage, response: ServerResponse | { readonly raw: ServerResponse }): void {
  const raw = 'raw' in response ? response.raw : response
  request.on('end', () => raw.setHeader('content-type', 'application/json').end('{"cached":true}')).resume()
}

@Module({
  imports: [
    ArtifactsModule.forRoot({ client }),
    CardsModule,
    RouterModule.register([{ path: 'v1', module: CardsModule }]),
  ],
})
class CachingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(answerFromCache).forRoutes('*path')
  }
}

describe.each(PLATFORMS)('on %s a middleware that answers', (platform) => {
  const exchange = async (path: string): Promise<{ readonly isCaptured: boolean; readonly isStored: boolean }> => {
    await using server = await serveNest(platform, { imports: [CachingModule] }, { withoutParsers: true })
    const body = JSON.stringify({ to: path, on: platform })
    const received = await send(server.url + path, { headers, body })
    expect(received.body.toString()).toBe('{"cached":true}')
    const { request, response } = capturedExchange(await tracing.serverAttributes())
    expect(request === undefined).toBe(response === undefined)
    return { isCaptured: request !== undefined, isStored: (await store.blobs()).has(sha256(body)) }
  }

  test.each([
    '/v1/cards/7/payment',
    '/v1/old/cards/7/payment/',
    '/V1/Cards/7/PAYMENT?id=1',
    '/v1/cards//7/p%61yment',
    '/v1/cards/quiet',
    '/v1/cards/caf%C3%A9',
    '/v1/cards/files/a/b',
    '/v1/private',
  ])('shows nothing of what may be for a handler that hides something: %s', async (path) => {
    expect(await exchange(path)).toEqual({ isCaptured: false, isStored: false })
  })

  test.each(['/graphql', '/v1/cards/open', '/v1/cards/7/payment/receipt', '/v1/cards', '/v1/private/other'])(
    'is captured elsewhere: %s',
    async (path) => {
      expect(await exchange(path)).toEqual({ isCaptured: true, isStored: true })
    },
  )
})
