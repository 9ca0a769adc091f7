import { Body, Controller, Module, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { artifactMiddleware } from '@span-artifacts/express'
import { captureAllRequests, type HttpCaptureOptions } from '@span-artifacts/http'
import { consume, listen, type ListeningServer } from '@span-artifacts/http-testing'
import { ArtifactsModule, CaptureArtifacts } from '@span-artifacts/nestjs'
import express from 'express'
import multer from 'multer'
import { account } from './bodies.js'

/** What runs of an application. */
export type RunningApplication = Pick<ListeningServer, 'url' | 'close'>

/** Applications that answer every `POST /` with what they got, and with secrets of their own. */
export const applications: Readonly<Record<string, (options: HttpCaptureOptions) => Promise<RunningApplication>>> = {
  'Express, with parsers': (options) => {
    const app = express()
    app.use(artifactMiddleware(options))
    app.use(express.json(), express.urlencoded({ extended: true }), multer().any())
    app.post('/', (request, response) => void response.json({ got: request.body, account }))
    return listen(app)
  },

  'a plain server that echoes': async (options) => {
    const stop = captureAllRequests(options)
    const server = await listen(async (request, response) => {
      const body = await consume(request)
      const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
      response.setHeader('content-type', type)
      if (encoding !== undefined) response.setHeader('content-encoding', encoding)
      // In pieces, so that no secret is in one.
      for (let start = 0; start < body.length; start += 9) response.write(body.subarray(start, start + 9))
      response.end()
    })
    return {
      url: server.url,
      close: async () => {
        stop()
        await server.close()
      },
    }
  },

  'Nest on Express': (options) => serveNest(options, 'Express'),
  'Nest on Fastify': (options) => serveNest(options, 'Fastify'),
}

@Controller()
class AccountController {
  @Post()
  @CaptureArtifacts({ arguments: true, result: true })
  handle(@Body() body: unknown): unknown {
    return { got: body, account }
  }
}

async function serveNest(options: HttpCaptureOptions, platform: 'Express' | 'Fastify'): Promise<RunningApplication> {
  class ServedModule {
    readonly platform = platform
  }
  Module({ imports: [ArtifactsModule.forRoot(options)], controllers: [AccountController] })(ServedModule)
  const settings = { logger: false } as const
  const app =
    platform === 'Express'
      ? await NestFactory.create(ServedModule, { ...settings, forceCloseConnections: true })
      : await NestFactory.create(ServedModule, new FastifyAdapter({ forceCloseConnections: true }), settings)
  await app.listen(0, '127.0.0.1')
  return { url: await app.getUrl(), close: () => app.close() }
}
