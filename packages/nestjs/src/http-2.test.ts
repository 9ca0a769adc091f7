import { context, SpanKind, trace } from '@opentelemetry/api'
import { Body, Controller, Get, Post, StreamableFile, type ModuleMetadata } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { capturedExchange, consume, createStore, sha256, startTracing } from '@span-artifacts/http-testing'
import type { EventEmitter } from 'node:events'
import { connect } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { ArtifactsModule, CaptureArtifacts } from './index.js'

const tracing = startTracing()
const { client } = createStore()
const page = Buffer.alloc(200_000, 'a page ')

@Controller()
class PagesController {
  @Post('echo') @CaptureArtifacts({ arguments: true }) echo(@Body() body: unknown): unknown {
    return { got: body }
  }
  @Get('page') page(): StreamableFile {
    return new StreamableFile(page, { type: 'text/plain' })
  }
}

/** OpenTelemetry's HTTP instrumentation knows nothing of HTTP/2: this makes a SERVER span, as one that does would. */
function instrument(server: EventEmitter): void {
  const emit = server.emit.bind(server)
  server.emit = (event: string, ...parameters: unknown[]) => {
    const response: unknown = parameters[1]
    if (event !== 'request' || !isEmitter(response)) return emit(event, ...parameters)
    const span = trace.getTracer('test').startSpan('h2', { kind: SpanKind.SERVER })
    response.once('close', () => span.end())
    return context.with(trace.setSpan(context.active(), span), () => emit(event, ...parameters))
  }
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof value === 'object' && value !== null && 'once' in value
}

interface Http2Answer {
  readonly status: number
  readonly body: Buffer
}

async function exchange(imports: ModuleMetadata['imports'], headers: object, body?: string): Promise<Http2Answer> {
  class ServedModule {
    readonly name = 'served'
  }
  const adapter = new FastifyAdapter({ http2: true })
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: ServedModule, controllers: [PagesController], ...(imports && { imports }) },
    adapter,
    { logger: false },
  )
  instrument(adapter.getInstance().server)
  await app.listen(0, '127.0.0.1')
  const session = connect(await app.getUrl())
  try {
    const stream = session.request({ ':method': body === undefined ? 'GET' : 'POST', ...headers })
    stream.end(body)
    const answered = new Promise<number>((resolve) => stream.once('response', (head) => resolve(head[':status'] ?? 0)))
    return { body: await consume(stream), status: await answered }
  } finally {
    session.close()
    await app.close()
  }
}

describe('Nest on Fastify over HTTP/2', () => {
  test.each<[string, object, string?]>([
    ['JSON', { ':path': '/echo', 'content-type': 'application/json' }, '{"over":"h2"}'],
    ['a file', { ':path': '/page' }],
    ['an unknown page', { ':path': '/nowhere' }],
  ])('answers %s with the capture as without it, and captures both bodies', async (_, headers, body) => {
    const without = await exchange(undefined, headers, body)
    await tracing.settled()
    tracing.reset()
    const received = await exchange([ArtifactsModule.forRoot({ client })], headers, body)
    expect(received).toEqual(without)
    const attributes = await tracing.serverAttributes()
    const { request, response } = capturedExchange(attributes)
    expect(request?.sha256).toBe(body && sha256(body))
    expect(response).toMatchObject({ sha256: sha256(received.body), size_bytes: received.body.length })
    expect(response).not.toHaveProperty('truncated')
    expect('span_artifacts.nestjs.arguments' in attributes).toBe(body !== undefined)
  })
})
