import type { Span } from '@opentelemetry/api'
import { reportFailure, shield } from './diagnostics.js'
import { startExchangeCapture, type ExchangeOwner, type HttpExchangeCapture } from './exchange.js'
import { hiddenSlot } from './hidden-slot.js'
import { resolveHttpCaptureOptions, type HttpCaptureOptions, type HttpCaptureSettings } from './options.js'
import { findServerSpan, isExported } from './server-span.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'
import { wireCaptures } from './wire-captures.js'

/** Captures run once per exchange, whichever copies of this package were asked. */
const captures = hiddenSlot('span-artifacts.http.capture', isCapture)

/** Starts capturing one exchange. Never throws, and does nothing where no span would show the result. */
export type HttpCapture = (request: CapturedRequest, response: CapturedResponse, span?: Span) => void

/**
 * Prepares the capture of HTTP exchanges: the one function that an adapter needs. The options are checked here, once.
 *
 * @returns captures one exchange; call it as early in the handling of a request as possible, before anything reads the
 *   body. Without a span of its own it looks for the SERVER span of the current context
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createHttpCapture(options: HttpCaptureOptions = {}): HttpCapture {
  const settings = resolveHttpCaptureOptions(options)
  return (request, response, span) => {
    try {
      start(request, response, settings, span)
    } catch (error) {
      reportFailure('start', error)
    }
  }
}

/** The capture that runs for a request, if one does. */
export function httpExchangeCapture(request: CapturedRequest): HttpExchangeCapture | undefined {
  return captures.get(request)
}

/**
 * Makes a capture that runs for a request forget everything and leave the exchange to the next one. For adapters that are
 * nearer to the application than the capture of all requests, and have options of their own.
 */
export function takeOverHttpExchange(request: CapturedRequest): void {
  captures.get(request)?.skip()
  captures.clear(request)
}

/**
 * The same, but only where the capture is that of `captureAllRequests()`. For adapters that may be installed more than once
 * in an application, where the first one counts.
 */
export function takeOverWireCapture(request: CapturedRequest): void {
  const running = captures.get(request)
  if (running !== undefined && wireCaptures.get(running.span) === running) takeOverHttpExchange(request)
}

function isCapture(value: unknown): value is HttpExchangeCapture {
  return typeof value === 'object' && value !== null
}

function start(
  request: CapturedRequest,
  response: CapturedResponse,
  settings: HttpCaptureSettings,
  span: Span | undefined,
): void {
  const owner: ExchangeOwner | undefined = span === undefined ? findServerSpan() : { span, outlivesResponse: false }
  if (owner === undefined || !isExported(owner.span)) return
  if (captures.get(request) !== undefined || settings.ignore(request)) return
  captures.set(request, startExchangeCapture(request, response, owner, settings))
}

/** What {@link captureHttpExchange} takes. */
export interface HttpExchangeOptions extends HttpCaptureOptions {
  /** The span of this exchange; it may end right after `response.end()`. Default: the SERVER span of the context. */
  readonly span?: Span
}

const NO_OPTIONS: HttpExchangeOptions = {}
const prepared = new WeakMap<HttpExchangeOptions, HttpCapture>()

/**
 * Captures the bodies of one exchange and sets their references on its span. For code that has no adapter:
 *
 * ```ts
 * createServer((request, response) => {
 *   captureHttpExchange(request, response)
 *   …
 * })
 * ```
 *
 * Never throws: a mistake in the options is reported through OpenTelemetry's `diag`, and nothing is captured.
 *
 * @param options checked once per object, so pass the same one every time where you can
 */
export function captureHttpExchange(
  request: CapturedRequest,
  response: CapturedResponse,
  options: HttpExchangeOptions = NO_OPTIONS,
): void {
  let capture = prepared.get(options)
  if (capture === undefined) {
    shield('options', () => {
      const { span: _, ...rest } = options
      capture = createHttpCapture(rest)
      prepared.set(options, capture)
    })
  }
  capture?.(request, response, options.span)
}
