import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { impossible } from '../impossible.js'
import { LOOPBACK, listenOnLoopback } from '../listen-on-loopback.js'
import { resetSocket } from '../reset-socket.js'
import { type Answer, errorAnswer, readBody, type ReceivedBody, sendAnswer } from './answer.js'
import { ArtifactStore } from './artifact-store.js'
import type { BrokerStub, BrokerStubOptions, RecordedRequest } from './broker-stub.js'
import { Handshake } from './handshake.js'
import { ReplyScript, type StubReply } from './stub-reply.js'

const ARTIFACT_PATH = /^\/v1\/artifacts\/([0-9a-f]{64})\/(blob|finalize)$/
const REGISTERED_DIGEST = /"sha256"\s*:\s*"([0-9a-f]{64})"/
const STORAGE_PATH = /^\/bucket\/([0-9a-f]{64})\?/

/**
 * Starts a broker stub in this process: two HTTP servers on loopback, the broker and an object store beside it.
 *
 * @param options see `BrokerStubOptions`; each has a default
 */
export async function startBrokerStub(options: BrokerStubOptions = {}): Promise<BrokerStub> {
  const store = new ArtifactStore()
  const script = new ReplyScript()
  const recorded: RecordedRequest[] = []
  const origins = { broker: '', storage: '' }
  const advertised = { broker: '', storage: '' }
  const handshake = new Handshake(store, advertised, options)
  let numbers = 0

  const handle = async (
    origin: RecordedRequest['origin'],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    numbers += 1
    const entry = recordedRequest(numbers, origin, request)
    recorded.push(entry)
    response.once('finish', () => {
      entry.status = response.statusCode
      entry.answeredAtMs = nowMs()
    })
    let reply: StubReply = entry.step === 'other' ? { kind: 'serve' } : script.next(entry.step)
    entry.reply = reply.kind
    while (reply.kind === 'delay') {
      await delay(reply.delayMs)
      reply = reply.reply ?? { kind: 'serve' }
    }
    if (reply.kind === 'reset') {
      resetSocket(request.socket)
      return
    }
    if (reply.kind === 'status' && reply.early === true) {
      sendAnswer(response, scriptedStatus(reply))
      return
    }
    const isServed = reply.kind === 'serve' || (reply.kind === 'status' && reply.afterStep === true)
    if (entry.step === 'put' && isServed) {
      const refusal = handshake.refuseUpload(origin, entry.sha256 ?? '', entry.path, request.headers)
      if (refusal) {
        sendAnswer(response, refusal)
        return
      }
    }
    if (request.headers.expect === '100-continue') response.writeContinue()
    const body = await readBody(request, {
      keep: entry.step !== 'put' || (options.keepBodies ?? true),
      onBytes: (bytes) => {
        entry.bodyBytes += bytes
      },
    })
    if (entry.step === 'register') entry.sha256 = REGISTERED_DIGEST.exec(body.bytes?.toString('utf8') ?? '')?.[1]
    const answer = answerTo(reply, () => serve(entry, request, body, reply))
    if (answer) sendAnswer(response, answer)
  }

  const serve = (entry: RecordedRequest, request: IncomingMessage, body: ReceivedBody, reply: StubReply): Answer => {
    const { step, sha256 = '', origin } = entry
    if (step === 'put') return handshake.upload(origin, sha256, body)
    if (step === 'other') return errorAnswer(404, 'not_found', 'no such address')
    const unauthorized = handshake.unauthorized(request.headers)
    if (unauthorized) return unauthorized
    if (step === 'finalize') return handshake.finalize(sha256)
    return handshake.register(request.headers, body, reply.kind === 'uploadTarget' ? reply : {})
  }

  const listen = async (origin: RecordedRequest['origin'], port: number): Promise<Server> => {
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      handle(origin, request, response).catch(() => request.socket.destroy())
    }
    // No timeouts of its own: a slow client is the test's business.
    const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, onRequest)
    server.on('checkContinue', onRequest)
    origins[origin] = `http://${LOOPBACK}:${await listenOnLoopback(server, port)}`
    return server
  }

  const servers = [await listen('broker', options.port ?? 0), await listen('storage', 0)]
  Object.assign(advertised, origins)
  return {
    url: origins.broker,
    storageUrl: origins.storage,
    processId: process.pid,
    advertise: async (next) => {
      Object.assign(advertised, next)
    },
    script: async (step, replies) => script.enqueue(step, replies),
    always: async (step, reply) => script.stand(step, reply),
    requests: async () => recorded.map((entry) => ({ ...entry })),
    clearRequests: async () => {
      recorded.length = 0
    },
    stored: async () => store.ready(),
    body: async (sha256) => {
      const artifact = store.find(sha256)
      return artifact?.ready ? artifact.body : undefined
    },
    expireUploads: async () => handshake.expireUploads(),
    forget: async () => store.clear(),
    close: async () => {
      await Promise.all(
        servers.map(async (server) => {
          const closed = once(server, 'close')
          server.close()
          server.closeAllConnections()
          await closed
        }),
      )
    },
  }
}

/** What a reply answers once the request has been read; undefined: nothing. */
function answerTo(reply: StubReply, serve: () => Answer): Answer | undefined {
  switch (reply.kind) {
    case 'serve':
    case 'uploadTarget':
      return serve()
    case 'status':
      if (reply.afterStep === true) serve()
      return scriptedStatus(reply)
    case 'invalidJson':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '<html>not what you asked for' }
    case 'redirect':
      return { status: reply.status, headers: { location: reply.location } }
    case 'hang':
    case 'reset':
    case 'delay':
      return undefined
    default:
      return impossible(reply)
  }
}

function scriptedStatus(reply: Extract<StubReply, { kind: 'status' }>): Answer {
  const answer = errorAnswer(reply.status, 'scripted', 'the stub was told to answer this')
  return {
    ...answer,
    headers: { ...answer.headers, ...reply.headers },
    ...(reply.body === undefined ? {} : { body: reply.body }),
  }
}

/** Of the epoch, with fractions. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function recordedRequest(number: number, origin: RecordedRequest['origin'], request: IncomingMessage): RecordedRequest {
  const { method = '', url: path = '' } = request
  const onBroker = ARTIFACT_PATH.exec(path)
  const onStorage = STORAGE_PATH.exec(path)
  let step: RecordedRequest['step'] = 'other'
  if (origin === 'broker') {
    if (method === 'POST' && path === '/v1/artifacts') step = 'register'
    else if (method === 'POST' && onBroker?.[2] === 'finalize') step = 'finalize'
    else if (method === 'PUT' && onBroker?.[2] === 'blob') step = 'put'
  } else if (method === 'PUT' && onStorage) step = 'put'
  const sha256 = origin === 'broker' ? onBroker?.[1] : onStorage?.[1]
  return {
    number,
    atMs: nowMs(),
    origin,
    step,
    method,
    path,
    sha256,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    hasAuthorization: request.headers.authorization !== undefined,
    bodyBytes: 0,
    status: undefined,
    answeredAtMs: undefined,
    reply: 'serve',
  }
}
