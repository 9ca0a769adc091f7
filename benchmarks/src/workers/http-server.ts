// An Express application with OpenTelemetry's HTTP instrumentation, with or without the capture; tells how much processor
// time and memory it has used whenever it is asked.
import { createRequire } from 'node:module'
import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { ArtifactClient, type ArtifactDestination, type StoreOutcome } from '@span-artifacts/core'
import { artifactMiddleware } from '@span-artifacts/express'
import express from 'express'
import multer from 'multer'
import { parametersJson, tellScenario } from '../harness/worker.js'

export interface HttpServer {
  capture: boolean
  /** Whether the destination reads what it is given; else it claims at once to have stored it. Default: false. */
  readsContent?: boolean
  /** Where multer puts uploaded files. */
  directory: string
}

/** The first message. */
export interface HttpServerStarted {
  port: number
}

/** The answer to every message. */
export interface HttpServerUsage {
  cpuMicroseconds: number
  peakRssBytes: number
  /** Spans that ended with the references they should have; all of them, without the capture. */
  completeSpans: number
  /** Artifacts that were recorded and not stored, for whatever reason. */
  lostArtifacts: number
  /** What the destination was given, in bytes, where it reads. */
  readBytes: number
}

/** As much as of an uploaded file. */
const MAX_BODY_BYTES = 104_857_600

const { capture, directory, readsContent = false }: HttpServer = JSON.parse(parametersJson)
let completeSpans = 0
const isPresent = (reference: unknown): boolean => typeof reference === 'string'
let readBytes = 0

const provider = new NodeTracerProvider({
  spanProcessors: [
    new BatchSpanProcessor({
      export: (spans, done: (result: { code: number }) => void) => {
        for (const { attributes } of spans) {
          const sent = attributes['span_artifacts.http.request.body'] ?? attributes['span_artifacts.http.request.files']
          if (!capture || (isPresent(sent) && isPresent(attributes['span_artifacts.http.response.body'])))
            completeSpans += 1
        }
        done({ code: 0 })
      },
      shutdown: () => Promise.resolve(),
    }),
  ],
})
provider.register()
registerInstrumentations({ tracerProvider: provider, instrumentations: [new HttpInstrumentation()] })
createRequire(import.meta.url)('node:http')

const app = express()
const stored = Promise.resolve<StoreOutcome>('stored')
const readContent: ArtifactDestination['store'] = async (artifact) => {
  for await (const chunk of artifact.chunks()) readBytes += chunk.length
  return 'stored'
}
const nothing: ArtifactDestination = { name: 'null', store: readsContent ? readContent : () => stored }
// As with a broker: a client with a destination of the application's own has no spool unless it names a directory.
const client = new ArtifactClient({ destination: nothing, spoolDirectory: join(directory, 'spool') })
if (capture) app.use(artifactMiddleware({ client, maxBodyBytes: MAX_BODY_BYTES }))
app.post('/json', express.json({ limit: '10mb' }), (request, response) => {
  const { id }: { id: unknown } = request.body
  response.json({
    id,
    items: Array.from({ length: 10 }, (_, index) => ({ index, name: `item ${index}`, price: 12.5 })),
  })
})
app.post('/upload', multer({ dest: directory }).single('file'), async (request, response) => {
  await unlink(request.file?.path ?? '')
  response.json({ sizeBytes: request.file?.size })
})

app.post('/raw', async (request, response) => {
  let sizeBytes = 0
  for await (const chunk of request) sizeBytes += Buffer.byteLength(chunk)
  response.json({ sizeBytes })
})

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the server has no port')
process.on('message', () => {
  void Promise.all([provider.forceFlush(), client.forceFlush()]).then(() => {
    const { user, system } = process.cpuUsage()
    const { dropped, failed } = client.stats()
    const usage: HttpServerUsage = {
      cpuMicroseconds: user + system,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      completeSpans,
      lostArtifacts: total(dropped) + total(failed),
      readBytes,
    }
    return tellScenario(usage)
  })
})
process.on('disconnect', () => process.exit())
const started: HttpServerStarted = { port: address.port }
await tellScenario(started)
