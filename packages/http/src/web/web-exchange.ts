import { context, trace, type Span } from '@opentelemetry/api'
import { reportProblem } from '@span-artifacts/core'
import { UNKNOWN_CONTENT_TYPE } from '../content-types.js'
import { shield } from '../diagnostics.js'
import type { HttpCaptureSettings, SettingsHolder } from '../options.js'
import { OutgoingBody, type OutgoingHeaders } from '../outgoing-body.js'
import type { AttributeTarget } from '../record-body.js'
import { beforeSpanEnds, type ExchangeSpan } from '../server-span.js'
import { actualEncoding } from './actual-encoding.js'
import { tapReadableStream } from './stream-tap.js'
import type { WebExchangeCapture } from './web-capture.js'
import { withPatience } from './with-patience.js'
import { WebRequestBody } from './web-request-body.js'

/** The scope of the spans that are made where no other span is open. */
const TRACER_NAME = '@span-artifacts/http'

/** Methods whose requests have no body: asking for it would make Next render a static route anew for every request. */
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Captures one exchange of web messages. */
export class WebExchange implements WebExchangeCapture, SettingsHolder {
  readonly settings: HttpCaptureSettings<Request, Response>
  readonly finished: Promise<void>
  readonly #request: Request
  readonly #method: string
  readonly #isServerSpan: boolean
  readonly #requestBody: WebRequestBody | undefined
  readonly #responseBody: OutgoingBody
  readonly #stopWatchingSpan: () => void
  /** Where the references go. */
  #span: Span
  /** Made here, so it has to be ended here. */
  #bodySpan: Span | undefined
  #response: Response | undefined
  #over = false
  // Not `Promise.withResolvers()`: the edge runtime of Next.js does not have it.
  #finish: () => void = () => undefined

  constructor(
    request: Request,
    { span, isServerSpan }: ExchangeSpan,
    settings: HttpCaptureSettings<Request, Response>,
  ) {
    this.#request = request
    this.settings = settings
    this.#span = span
    this.#isServerSpan = isServerSpan
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#responseBody = new OutgoingBody(this)
    this.#stopWatchingSpan = beforeSpanEnds(span, (target) => this.#finalizeOn(target))
    this.#method = methodOf(request)
    if (BODILESS_METHODS.has(this.#method)) return
    const requestBody = new WebRequestBody(request, this)
    this.#requestBody = requestBody
    // Who cannot watch the one body watches the other all the same.
    shield(
      'request',
      () => requestBody.tap(),
      () => requestBody.discard(),
    )
  }

  answer(response: Response): void {
    this.#response = response
    shield(
      'response',
      () => {
        const { body } = response
        if (body === null || this.#method === 'HEAD') this.#finalize()
        else this.#watch(response, body)
      },
      () => this.#finalize(),
    )
  }

  finalize(response: Response): void {
    this.#response = response
    this.#finalize()
  }

  #watch(response: Response, body: ReadableStream<Uint8Array>): void {
    const headers = outgoingHeaders(response)
    const { url } = response
    if (!this.#isServerSpan && !this.#startBodySpan(response, headers)) return this.#finalize()
    let hasBegun = false
    tapReadableStream(body, {
      write: (bytes) => {
        if (!hasBegun) {
          const contentEncoding = actualEncoding(headers.contentEncoding, url, bytes)
          this.#responseBody.start({ ...headers, contentEncoding })
        }
        hasBegun = true
        this.#responseBody.write(bytes)
      },
      end: () => {
        this.#responseBody.end()
        this.#finalize()
      },
      cancel: () => this.#finalize(),
      drained: withPatience(() => this.#responseBody.drained()),
    })
  }

  /**
   * Where nobody knows the SERVER span, there is the span of the handler, which ends with the handler: it gets the
   * request, and the response gets a span of its own.
   *
   * @returns whether the response is wanted
   */
  #startBodySpan(response: Response, { contentType = UNKNOWN_CONTENT_TYPE }: OutgoingHeaders): boolean {
    const { response: isWanted, isCapturedType, shouldCapture } = this.settings
    if (!isWanted || !isCapturedType(contentType) || !shouldCapture(this.#request, response)) return false
    this.#stopWatchingSpan()
    this.#requestBody?.record(this.#span)
    const parent = trace.setSpan(context.active(), this.#span)
    this.#bodySpan = trace.getTracer(TRACER_NAME).startSpan('response body', {}, parent)
    this.#span = this.#bodySpan
    return true
  }

  #finalize(): void {
    if (this.#over) return
    this.#stopWatchingSpan()
    if (this.#span.isRecording()) return this.#finalizeOn(this.#span)
    reportProblem('span_ended', 'a span ended before its response was over, so it has no bodies: keep it open longer')
    this.#discard()
    this.#finish()
  }

  #finalizeOn(target: AttributeTarget): void {
    if (this.#over) return
    this.#over = true
    shield(
      'recording',
      () => this.#record(target),
      () => this.#discard(),
    )
    // Whatever its processors do must not reach whoever reads the response.
    shield('span of the response', () => this.#bodySpan?.end())
    this.#finish()
  }

  #record(target: AttributeTarget): void {
    if (this.#response !== undefined && !this.settings.shouldCapture(this.#request, this.#response)) {
      return this.#discard()
    }
    this.#requestBody?.record(target)
    this.#responseBody.record(target, false)
  }

  #discard(): void {
    this.#over = true
    this.#requestBody?.discard()
    this.#responseBody.discard()
  }
}

/** What Next hands to a static route fails where it is asked for its method. Such a route is rendered for GET. */
function methodOf(request: Request): string {
  try {
    return request.method
  } catch {
    return 'GET'
  }
}

function outgoingHeaders({ headers }: Response): OutgoingHeaders {
  return {
    contentType: headers.get('content-type') ?? undefined,
    contentEncoding: headers.get('content-encoding') ?? undefined,
    contentDisposition: headers.get('content-disposition') ?? undefined,
  }
}
