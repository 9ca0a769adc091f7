import { diag, DiagLogLevel } from '@opentelemetry/api'
import { Controller, Get, Inject, Injectable, Post, type DynamicModule, type OnModuleInit } from '@nestjs/common'
import { LazyModuleLoader } from '@nestjs/core'
import { createStore, send, startTracing } from '@span-artifacts/http-testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArtifactsModule, SkipArtifacts } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()
const { client } = createStore()
const warnings: string[] = []

const log = (...parameters: unknown[]): void => void warnings.push(parameters.join(' '))

beforeAll(() => {
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, { logLevel: DiagLogLevel.WARN })
})
afterAll(() => diag.disable())

@Controller()
class LoadingController {
  readonly #loader: LazyModuleLoader

  constructor(@Inject(LazyModuleLoader) loader: LazyModuleLoader) {
    this.#loader = loader
  }

  @Get('load') async load(): Promise<string> {
    const module: DynamicModule = ArtifactsModule.forRoot({ client })
    await this.#loader.load(() => module)
    return 'loaded'
  }
  @Post('skipped') @SkipArtifacts() skipped(): string {
    return 'skipped'
  }
}

@Injectable()
class EarlyLoader implements OnModuleInit {
  readonly #loader: LazyModuleLoader

  constructor(@Inject(LazyModuleLoader) loader: LazyModuleLoader) {
    this.#loader = loader
  }

  async onModuleInit(): Promise<void> {
    const module: DynamicModule = ArtifactsModule.forRoot({ client })
    await this.#loader.load(() => module)
  }
}

const expectNothing = async (url: string): Promise<void> => {
  for (const [path, status] of [
    ['/skipped', 201],
    ['/nowhere', 404],
  ] as const) {
    await tracing.settled()
    tracing.reset()
    const sent = { headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
    expect((await send(url + path, sent)).status).toBe(status)
    const names = Object.keys(await tracing.serverAttributes())
    expect(names.filter((name) => name.startsWith('span_artifacts'))).toEqual([])
  }
}

describe.each(PLATFORMS)('on %s a module that is loaded lazily captures nothing, and says so', (platform) => {
  test('while the application listens', async () => {
    await using server = await serveNest(platform, { controllers: [LoadingController] })
    expect((await send(`${server.url}/load`)).body.toString()).toBe('loaded')
    await expectNothing(server.url)
    expect(warnings.join()).toContain('ArtifactsModule could not be installed, and captures nothing')
  })

  test('before it does', async () => {
    await using server = await serveNest(platform, { controllers: [LoadingController], providers: [EarlyLoader] })
    await expectNothing(server.url)
    expect(warnings.join()).toContain('ArtifactsModule was loaded lazily, and captures nothing')
  })
})
