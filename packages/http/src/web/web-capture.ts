import type { Span } from '@opentelemetry/api'
import { reportProblem } from '@span-artifacts/core'
import { shield } from '../diagnostics.js'
import { OutgoingBody } from '../outgoing-body.js'
import { resolveHttpCaptureOptions, type HttpCaptureOptions, type HttpCaptureSettings } from '../options.js'
import type { AttributeTarget } from '../record-body.js'
import { beforeSpanEnds, findServerSpan, isExported } from '../server-span.js'
import { wireCaptures } from '../wire-captures.js'
import { tapReadableStream } from './stream-tap.js'
import { WebRequestBody } from './web-request-body.js'

/** The options of the capture of an exchange of web messages: as everywhere, with these messages in the callbacks. */
export type WebCaptureOptions = HttpCaptureOptions<Request, Response>

/** The running capture of one exchange. */
export interface WebExchangeCapture {
  /** The span that the references are set on. */
  readonly span: Span
  /**
   * Watches the body of the response that goes out. The references are set when it has been read to its end or given up,
   * or when the span ends. Call this, or {@link finalize}, once.
   */
  answer(response: Response): void
  /**
   * Sets the references now: there is no response whose body could be watched.
   *
   * @param response stands in for the response where somebody else makes it; for `shouldCapture`
   */
  finalize(response: Response): void
  /** Resolves when the references are set, or given up. Never rejects. */
  readonly finished: Promise<void>
}

/** Starts capturing one exchange. @returns `undefined` where nothing is captured; then nothing was touched */
export type WebCapture = (request: Request) => WebExchangeCapture | undefined

/**
 * Prepares the capture of exchanges of web `Request` and `Response`. The options are checked here, once.
 *
 * The bodies are watched in place: neither the request nor the response is replaced, cloned or read.
 *
 * @returns captures one exchange; call it before anything reads the body of the request, in the context of its span
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createWebCapture(options: WebCaptureOptions = {}): WebCapture {
  const settings = resolveHttpCaptureOptions(options)
  return (request) => {
    let exchange: WebExchangeCapture | undefined
    shield('start', () => {
      const owner = findServerSpan()
      if (owner === undefined || !isExported(owner.span) || settings.ignore(request)) return
      // What is nearer to the application knows more of the exchange.
      wireCaptures.get(owner.span)?.skip()
      exchange = startWebExchange(request, settings, owner)
    })
    return exchange
  }
}

/** Methods whose requests have no body: asking for it makes Next render the route anew for every request. */
const BODILESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

function startWebExchange(
  request: Request,
  settings: HttpCaptureSettings<Request, Response>,
  { span, isServerSpan }: { span: Span; isServerSpan: boolean },
): WebExchangeCapture {
  // Not `Promise.withResolvers()`: the edge runtime of Next.js does not have it.
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  let answered: Response | undefined
  let over = false
  const responseBody = new OutgoingBody(() => settings)
  const requestBody = BODILESS_METHODS.has(request.method) ? undefined : new WebRequestBody(request, () => settings)

  const discard = (): void => {
    over = true
    requestBody?.discard()
    responseBody.discard()
  }
  const record = (target: AttributeTarget): void => {
    if (answered !== undefined && !settings.shouldCapture(request, answered)) return discard()
    requestBody?.record(target)
    responseBody.record(target, false)
  }
  const finalizeOn = (target: AttributeTarget): void => {
    if (over) return
    over = true
    shield('recording', () => record(target), discard)
    finish()
  }
  const takeBack = beforeSpanEnds(span, finalizeOn)
  const finalize = (): void => {
    if (over) return
    takeBack()
    if (span.isRecording()) return finalizeOn(span)
    reportProblem('span_ended', 'a span ended before its response was over, so it has no bodies: keep it open longer')
    discard()
    finish()
  }

  const watch = ({ headers }: Response, body: ReadableStream<Uint8Array>): void => {
    responseBody.start({
      contentType: headers.get('content-type') ?? undefined,
      contentEncoding: headers.get('content-encoding') ?? undefined,
      contentDisposition: headers.get('content-disposition') ?? undefined,
    })
    tapReadableStream(body, {
      write: (bytes) => responseBody.write(bytes),
      end: () => {
        responseBody.end()
        finalize()
      },
      cancel: finalize,
    })
  }

  requestBody?.tap()
  return {
    span,
    finished,
    finalize(response) {
      answered ??= response
      finalize()
    },
    answer(response) {
      answered = response
      const { body } = response
      if (body === null || request.method === 'HEAD') return finalize()
      if (!isServerSpan) {
        reportProblem('server_span_unknown', SERVER_SPAN_UNKNOWN)
        return finalize()
      }
      shield('response', () => watch(response, body), finalize)
    },
  }
}

const SERVER_SPAN_UNKNOWN =
  'the SERVER span of a request is not known, so that the body of its response is missing: add a ServerSpanProcessor to the span processors'
