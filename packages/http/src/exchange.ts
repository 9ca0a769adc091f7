import type { Span } from '@opentelemetry/api'
import { reportProblem } from '@span-artifacts/core'
import { errorMonitor, EventEmitter } from 'node:events'
import type { DescribeObject } from './describe-values.js'
import { reportFailure, shield } from './diagnostics.js'
import { ExtraBodies } from './extra-bodies.js'
import { IncomingBody } from './incoming-body.js'
import type { MultipartSink } from './multipart-sink.js'
import type { HttpCaptureOptions, HttpCaptureSettings, SettingsHolder } from './options.js'
import { OutgoingBody } from './outgoing-body.js'
import type { AttributeTarget } from './record-body.js'
import { isRequestCut, tapRequest } from './request-tap.js'
import { isBodiless, tapResponse } from './response-tap.js'
import { beforeSpanEnds } from './server-span.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'
import { isWaitingForSocket, onClosedWhileWaiting } from './waiting-response.js'

/** The running capture of one exchange, for adapters that learn more about the request on its way. */
export interface HttpExchangeCapture {
  /** The span that the references will be set on. */
  readonly span: Span
  /** Sets the references on another span, which somebody may end right after `response.end()`. */
  moveTo(span: Span): void
  /**
   * Changes settings for the rest of the exchange. A body that was not watched from its beginning cannot be turned on, and
   * one that has begun keeps its cap, unless it is kept whole for redaction: then a lower one applies.
   */
  override(changes: ExchangeOverrides): void
  /**
   * Adds a JSON text that belongs to the exchange, such as what its handler returned. It is capped, redacted and recorded
   * as the bodies are, and with them.
   *
   * @param attribute the span attribute of its reference; a text added under it before is replaced
   */
  addJson(attribute: string, json: string): void
  /**
   * Adds a value of the application as JSON, see {@link addJson}: bytes by their number, Maps as objects, Sets as arrays, big
   * integers as text, requests, streams and their like by their class, a cycle as `[circular]`, a large object that was shown
   * before as `[seen]`, a property that has a getter as `[getter]`. A value whose `toJSON()` throws, or that JSON cannot show,
   * is left out; one that would be longer than `maxBodyBytes` is not written to its end, and dropped as `too_large`. Of more
   * than 100,000 values the first are kept, `truncated`.
   *
   * @param describeObject says what stands for an object that is not to be looked into; `undefined`: the rules above
   */
  addValue(attribute: string, value: unknown, describeObject?: DescribeObject): void
  /** Forgets everything seen so far and captures nothing more. */
  skip(): void
  /**
   * Sets the references now. The capture does this by itself when the response is over: only an adapter whose span
   * ends earlier calls it. Later calls do nothing.
   */
  finalize(): void
  /** Takes the parts of a multipart body from a parser that is not recognised by itself; see `captureFiles`. */
  readonly form: MultipartSink
}

/** What can be changed while an exchange runs. */
export type ExchangeOverrides = Partial<
  Pick<
    HttpCaptureOptions,
    'request' | 'response' | 'files' | 'maxBodyBytes' | 'maxFileBytes' | 'previewBytes' | 'attributeNames'
  >
>

/** How a capture is tied to its span. */
export interface ExchangeOwner {
  readonly span: Span
  /** Whether the span is known to end after the response's `finish` and `close` events. */
  readonly outlivesResponse: boolean
}

/**
 * Taps both bodies of an exchange and sets their references on the span while it still records.
 *
 * The order of events, the same with the OpenTelemetry SDK 2.x and 3.x: `response.end()` → `finish` → first `close`
 * listener → the instrumentation ends the span in its `close` (or `error`) listener. So the references are set at
 * `finish`, when the response has left already and the work delays nobody, or at `close` or `error`, whichever comes
 * first; our listeners go to the front. A span that somebody else may end right after `response.end()` gets them inside
 * of `end`.
 *
 * @throws Error when the messages cannot be watched: somebody has sealed them
 */
export function startExchangeCapture(
  request: CapturedRequest,
  response: CapturedResponse,
  owner: ExchangeOwner,
  settings: HttpCaptureSettings,
): HttpExchangeCapture {
  const exchange = new Exchange(request, response, { owner, settings })
  exchange.start()
  return exchange
}

/**
 * A class, not an object with accessors of its own: V8 makes a hidden class for each of those, which keeps the exchange and
 * all that it has seen alive through minor collections.
 */
class Exchange implements HttpExchangeCapture, SettingsHolder {
  settings: HttpCaptureSettings
  readonly #request: CapturedRequest
  readonly #response: CapturedResponse
  readonly #requestBody: IncomingBody
  readonly #responseBody: OutgoingBody
  #extraBodies: ExtraBodies | undefined
  #span: Span
  /** A span inside of another one may end before the response does. */
  #earlierSpans: Span[] | undefined
  #outlivesResponse: boolean
  #over = false

  constructor(
    request: CapturedRequest,
    response: CapturedResponse,
    { owner, settings }: { owner: ExchangeOwner; settings: HttpCaptureSettings },
  ) {
    this.#request = request
    this.#response = response
    this.settings = settings
    this.#span = owner.span
    this.#outlivesResponse = owner.outlivesResponse
    const { 'content-type': contentType, 'content-encoding': contentEncoding } = request.headers
    this.#requestBody = new IncomingBody({ contentType, contentEncoding }, this)
    this.#responseBody = new OutgoingBody(this)
  }

  start(): void {
    const response = this.#response
    this.#watchSpan()
    try {
      tapRequest(this.#request, this.#requestBody)
      if (this.settings.response) tapResponse(response, this.#responseBody, () => this.#responseEnded())
    } catch (error) {
      // Half of a capture would never end.
      this.skip()
      throw error
    }
    prependListener(response, 'finish', () => this.#finalize(false))
    prependListener(response, 'close', () => this.#finalize(true))
    prependListener(response, errorMonitor, () => this.#finalize(response.destroyed))
    if (isWaitingForSocket(this.#request, response)) {
      onClosedWhileWaiting(this.#request, response, () => this.#finalize(true))
    }
  }

  get span(): Span {
    return this.#span
  }

  get form(): MultipartSink {
    return this.#requestBody.form
  }

  moveTo(span: Span): void {
    // What was started inside of a request may start spans for ever.
    if (this.#over) return
    this.#earlierSpans ??= []
    this.#earlierSpans.push(this.#span)
    this.#span = span
    this.#outlivesResponse = false
    this.#watchSpan()
  }

  override(changes: ExchangeOverrides): void {
    const attributeNames = { ...this.settings.attributeNames, ...changes.attributeNames }
    this.settings = { ...this.settings, ...changes, attributeNames }
  }

  addJson(attribute: string, json: string): void {
    if (!this.#over) shield('added JSON', () => this.#extra().addJson(attribute, json))
  }

  addValue(attribute: string, value: unknown, describeObject?: DescribeObject): void {
    if (!this.#over) shield('added value', () => this.#extra().addValue(attribute, value, describeObject))
  }

  skip(): void {
    this.#over = true
    this.#requestBody.discard()
    this.#responseBody.discard()
    this.#extraBodies?.discard()
  }

  finalize(): void {
    this.#finalize(false)
  }

  #extra(): ExtraBodies {
    this.#extraBodies ??= new ExtraBodies(this)
    return this.#extraBodies
  }

  #responseEnded(): void {
    if (!this.#outlivesResponse) this.#finalize(false)
  }

  #watchSpan(): void {
    if (this.#outlivesResponse) return
    const response = this.#response
    beforeSpanEnds(this.#span, (target) => {
      if (response.writableEnded || response.destroyed) this.#finalizeOn(target, !response.writableEnded)
    })
  }

  /** @param cut whether the connection went away before everything that was written had left */
  #finalize(cut: boolean): void {
    if (this.#over) return
    const openSpan = this.#span.isRecording() ? this.#span : this.#earlierSpans?.findLast((span) => span.isRecording())
    if (openSpan !== undefined) return this.#finalizeOn(openSpan, cut)
    reportProblem('span_ended', 'a span ended before its response was over, so it has no bodies: keep it open longer')
    this.skip()
  }

  #finalizeOn(target: AttributeTarget, cut: boolean): void {
    if (this.#over) return
    this.#over = true
    try {
      this.#record(target, cut)
    } catch (error) {
      reportFailure('recording', error)
      this.skip()
    }
  }

  #record(target: AttributeTarget, cut: boolean): void {
    if (!this.settings.shouldCapture(this.#request, this.#response)) return this.skip()
    this.#requestBody.record(target, isRequestCut(this.#request, this.#requestBody))
    if (isBodiless(this.#response)) this.#responseBody.discard()
    else this.#responseBody.record(target, cut)
    this.#extraBodies?.record(target)
  }
}

/** OpenTelemetry wraps each listener of a response in its context, at a price: ours need none, so go around that. */
function prependListener(emitter: EventEmitter, event: string | symbol, listener: () => void): void {
  EventEmitter.prototype.prependListener.call(emitter, event, listener)
}
