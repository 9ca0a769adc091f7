import { Body, Controller, Post } from '@nestjs/common'
import { capturedExchange, createStore, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { describe, expect, test, vi } from 'vitest'
import { ArtifactsModule } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

vi.resetModules()
/** A library of controllers may come with a copy of its own. */
const { CaptureArtifacts, SkipArtifacts } = await import('./index.js')

const tracing = startTracing()
const store = createStore()
const { client } = store
const headers = { 'content-type': 'application/json' }

@Controller()
class LibraryController {
  @Post('skipped') @SkipArtifacts() skipped(@Body() body: unknown): unknown {
    return body
  }
  @Post('detailed') @CaptureArtifacts({ arguments: true, result: true }) detailed(@Body() body: unknown): unknown {
    return [body]
  }
}

describe.each(PLATFORMS)('on %s the module meets decorators of another copy of this package', (platform) => {
  const exchange = async (
    path: string,
    body: string,
  ): Promise<Awaited<ReturnType<typeof tracing.serverAttributes>>> => {
    await using server = await serveNest(platform, {
      imports: [ArtifactsModule.forRoot({ client })],
      controllers: [LibraryController],
    })
    await send(server.url + path, { headers, body })
    return tracing.serverAttributes()
  }

  test('and honours them', async () => {
    expect(capturedExchange(await exchange('/skipped', '{"a":1}'))).toEqual({ files: [] })
    tracing.reset()
    expect(await exchange('/detailed', '{"a":1}')).toMatchObject({
      'span_artifacts.nestjs.arguments': expect.stringContaining(sha256('[{"a":1}]')),
      'span_artifacts.nestjs.result': expect.stringContaining(sha256('[{"a":1}]')),
    })
  })

  test('and knows that there is something to hide before a handler is known', async () => {
    const body = '{"broken":'
    expect(capturedExchange(await exchange('/skipped', body)).request).toBeUndefined()
    expect((await store.blobs()).has(sha256(body))).toBe(false)
  })
})
