import { Module, type ModuleMetadata } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { ListeningServer } from '@span-artifacts/http-testing'

/** The platforms that Nest runs on. */
export const PLATFORMS = ['Express', 'Fastify'] as const
export type Platform = (typeof PLATFORMS)[number]

/** How an application differs from one that Nest's command line would create. */
export interface NestSetup {
  /** Leave request bodies to the handlers. */
  readonly withoutParsers?: boolean
  /** Done on Fastify before the application listens. */
  readonly prepareFastify?: (app: NestFastifyApplication) => unknown
}

/** Serves a module on a free port. */
export async function serveNest(
  platform: Platform,
  metadata: ModuleMetadata,
  { withoutParsers = false, prepareFastify }: NestSetup = {},
): Promise<ListeningServer> {
  class ServedModule {
    readonly platform = platform
  }
  Module(metadata)(ServedModule)
  const options = { logger: false, bodyParser: !withoutParsers, abortOnError: false } as const
  const app = await (platform === 'Express' ? createOnExpress() : createOnFastify())
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  const close = (): Promise<void> => app.close()
  return { url, port: Number(new URL(url).port), close, [Symbol.asyncDispose]: close }

  async function createOnExpress(): Promise<NestExpressApplication> {
    const created = await NestFactory.create<NestExpressApplication>(ServedModule, {
      ...options,
      forceCloseConnections: true,
    })
    created.disable('x-powered-by')
    return created
  }

  async function createOnFastify(): Promise<NestFastifyApplication> {
    const adapter = new FastifyAdapter({ forceCloseConnections: true })
    const created = await NestFactory.create<NestFastifyApplication>(ServedModule, adapter, options)
    if (withoutParsers) {
      const fastify = adapter.getInstance()
      fastify.removeAllContentTypeParsers()
      fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
    }
    await prepareFastify?.(created)
    return created
  }
}
