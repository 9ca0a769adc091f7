import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHttpCapture, httpExchangeCapture } from './capture-http-exchange.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'
import type { HttpCaptureOptions } from './options.js'
import { findServerSpan, onServerSpanStart } from './server-span.js'
import { wireCaptures } from './wire-captures.js'

/** Node publishes here before it emits `request`: earlier than any framework, and earlier than the SERVER span. */
const REQUEST_START_CHANNEL = 'http.server.request.start'

/** The library's own uploads and OpenTelemetry's exports: capturing those would make new ones without end. */
const TELEMETRY_CLIENT = /^(?:span-artifacts|OTel-OTLP-Exporter)\b/i

/** An exchange that has no SERVER span yet. */
interface WaitingExchange {
  readonly request: CapturedRequest
  readonly response: CapturedResponse
  isStarted: boolean
}

/** Stops what {@link captureAllRequests} started; exchanges that have begun are captured to their end. */
export type StopCapturing = () => void

/**
 * Captures the exchanges of every HTTP/1 server of this process, without a change to the application: plain
 * `node:http`, Koa, Fastify, Express, whatever else is built on them. Call it at start-up; it does not matter whether
 * the servers exist already.
 *
 * The SERVER spans have to come from `@opentelemetry/instrumentation-http`, or a {@link ServerSpanProcessor} has to see
 * them start, as in Next.js, which makes its own.
 *
 * @returns a function that stops it
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function captureAllRequests(options: HttpCaptureOptions = {}): StopCapturing {
  const capture = createHttpCapture(options)
  const waiting = new AsyncLocalStorage<WaitingExchange>()
  const servers = new WeakSet<EventEmitter>()
  const watchedServers: WeakRef<EventEmitter>[] = []
  let stopped = false
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (stopped || TELEMETRY_CLIENT.test(request.headers['user-agent'] ?? '')) return
    if (findServerSpan() === undefined) return waiting.enterWith({ request, response, isStarted: false })
    capture(request, response)
    rememberCapture(request)
  }
  // One SERVER span may follow another, as that of a route follows that of Next's `proxy.ts`: the last one counts.
  const stopListening = onServerSpanStart((span) => {
    const exchange = waiting.getStore()
    if (stopped || exchange === undefined) return
    const running = httpExchangeCapture(exchange.request)
    if (running !== undefined) running.moveTo(span)
    // Once only: somebody may have taken the exchange over, to have it ignored.
    else if (!exchange.isStarted) capture(exchange.request, exchange.response, span)
    exchange.isStarted = true
    rememberCapture(exchange.request)
  })
  // At the time of the message there is no span yet. The server's first listener is the next one to run, inside of the
  // context that the instrumentation made for the request.
  const prepare = (message: unknown): void => {
    const server: unknown = Reflect.get(Object(message), 'server')
    if (!(server instanceof EventEmitter) || servers.has(server)) return
    servers.add(server)
    watchedServers.push(new WeakRef(server))
    server.prependListener('request', listener)
  }
  subscribe(REQUEST_START_CHANNEL, prepare)
  return () => {
    stopped = true
    stopListening()
    unsubscribe(REQUEST_START_CHANNEL, prepare)
    for (const server of watchedServers) server.deref()?.removeListener('request', listener)
  }
}

/** Lets an adapter that captures the same exchange in its own way find this capture by their span. */
function rememberCapture(request: CapturedRequest): void {
  const running = httpExchangeCapture(request)
  if (running !== undefined) wireCaptures.set(running.span, running)
}
