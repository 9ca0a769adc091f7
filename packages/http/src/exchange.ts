import type { Span } from '@opentelemetry/api'
import { reportProblem } from '@span-artifacts/core'
import { errorMonitor, EventEmitter } from 'node:events'
import type { DescribeObject } from './describe-values.js'
import { shield } from './diagnostics.js'
import { ExtraBodies } from './extra-bodies.js'
import type { MultipartSink } from './multipart-sink.js'
import type { HttpCaptureOptions, HttpCaptureSettings } from './options.js'
import { RequestCapture } from './request-capture.js'
import type { AttributeTarget } from './record-body.js'
import { ResponseCapture } from './response-capture.js'
import { beforeSpanEnds } from './server-span.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'

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
   * Adds a value of the application as JSON, see {@link addJson}: bytes by their number, Maps and Sets as arrays, big
   * integers as text, requests, streams and their like by their class, a cycle as `[circular]`. A value that throws when it is
   * read, or that JSON cannot show, is left out.
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
 */
export function startExchangeCapture(
  request: CapturedRequest,
  response: CapturedResponse,
  owner: ExchangeOwner,
  initialSettings: HttpCaptureSettings,
): HttpExchangeCapture {
  let { span, outlivesResponse } = owner
  /** A span inside of another one may end before the response does. */
  const earlierSpans: Span[] = []
  let settings = initialSettings
  let over = false
  const requestCapture = new RequestCapture(request, () => settings)
  const responseCapture = new ResponseCapture(response, () => settings)
  const extraBodies = new ExtraBodies(() => settings)

  const discard = (): void => {
    over = true
    requestCapture.discard()
    responseCapture.discard()
    extraBodies.discard()
  }
  const finalizeOn = (target: AttributeTarget, cut: boolean): void => {
    if (over) return
    over = true
    shield('recording', () => record(target, cut), discard)
  }
  const record = (target: AttributeTarget, cut: boolean): void => {
    if (!settings.shouldCapture(request, response)) return discard()
    requestCapture.record(target)
    responseCapture.record(target, cut)
    extraBodies.record(target)
  }
  const finalize = (cut: boolean): void => {
    if (over) return
    const openSpan = span.isRecording() ? span : earlierSpans.findLast((earlier) => earlier.isRecording())
    if (openSpan !== undefined) return finalizeOn(openSpan, cut)
    reportProblem('span_ended', 'a span ended before its response was over, so it has no bodies: keep it open longer')
    discard()
  }
  const watchSpan = (): void => {
    if (outlivesResponse) return
    beforeSpanEnds(span, (target) => {
      if (response.writableEnded || response.destroyed) finalizeOn(target, !response.writableEnded)
    })
  }

  watchSpan()
  try {
    requestCapture.tap()
    responseCapture.tap(() => {
      if (!outlivesResponse) finalize(false)
    })
  } catch (error) {
    // Somebody has sealed the messages. Half of a capture would never end.
    discard()
    throw error
  }
  prependListener(response, 'finish', () => finalize(false))
  prependListener(response, 'close', () => finalize(true))
  prependListener(response, errorMonitor, () => finalize(response.destroyed))

  return {
    get span() {
      return span
    },
    moveTo: (other) => {
      earlierSpans.push(span)
      span = other
      outlivesResponse = false
      watchSpan()
    },
    form: requestCapture.form,
    finalize: () => finalize(false),
    skip: discard,
    addJson: (attribute, json) => {
      if (!over) shield('added JSON', () => extraBodies.addJson(attribute, json))
    },
    addValue: (attribute, value, describeObject) => {
      if (!over) shield('added value', () => extraBodies.addValue(attribute, value, describeObject))
    },
    override: (changes) => {
      settings = { ...settings, ...changes, attributeNames: { ...settings.attributeNames, ...changes.attributeNames } }
    },
  }
}

/** OpenTelemetry wraps each listener of a response in its context, at a price: ours need none, so go around that. */
function prependListener(emitter: EventEmitter, event: string | symbol, listener: () => void): void {
  EventEmitter.prototype.prependListener.call(emitter, event, listener)
}
