import { Body, Controller, Post } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { Test } from '@nestjs/testing'
import { capturedExchange, createStore, send, sha256, startTracing } from '@span-artifacts/http-testing'
import { expect, test } from 'vitest'
import { ArtifactsModule } from './index.js'

const tracing = startTracing()
const { client } = createStore()
const json = { 'content-type': 'application/json' }

@Controller()
class EchoController {
  @Post('echo')
  echo(@Body() body: object): object {
    return body
  }
}

const controllers = [EchoController]
const requests = ArtifactsModule.forRoot({ client, response: false })
const responses = ArtifactsModule.forRoot({ client, request: false })

test('an application of @nestjs/testing, whose platform is known late, is captured like any other', async () => {
  const module = await Test.createTestingModule({ imports: [requests], controllers }).compile()
  const app = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  await send(`${await app.getUrl()}/echo`, { headers: json, body: '{"tested":true}' })
  const { httpAdapter } = app.get(HttpAdapterHost)
  expect(httpAdapter).toBe(app.getHttpAdapter())
  await app.close()
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect([request?.sha256, response]).toEqual([sha256('{"tested":true}'), undefined])
})

test('of two modules in it the first one counts, as everywhere', async () => {
  const module = await Test.createTestingModule({ imports: [requests, responses], controllers }).compile()
  const app = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  await send(`${await app.getUrl()}/echo`, { headers: json, body: '{"tested":"twice"}' })
  await app.close()
  const { request, response } = capturedExchange(await tracing.serverAttributes())
  expect([request?.sha256, response]).toEqual([sha256('{"tested":"twice"}'), undefined])
})
