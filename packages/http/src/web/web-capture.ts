import { shield } from '../diagnostics.js'
import { hiddenSlot } from '../hidden-slot.js'
import { resolveHttpCaptureOptions, type HttpCaptureOptions } from '../options.js'
import { findServerSpan, isExported } from '../server-span.js'
import { wireCaptures } from '../wire-captures.js'
import { spansWithBodies } from './spans-with-bodies.js'
import { WebExchange } from './web-exchange.js'

/** The options of the capture of an exchange of web messages: as everywhere, with these messages in the callbacks. */
export type WebCaptureOptions = HttpCaptureOptions<Request, Response>

/** The running capture of one exchange. */
export interface WebExchangeCapture {
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

/** Captures run once per exchange: a handler may be wrapped twice, by whichever copies of this package. */
const captures = hiddenSlot('span-artifacts.http.web-capture', isCapture)

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
    let exchange: WebExchange | undefined
    shield('start', () => {
      const owner = findServerSpan()
      if (owner === undefined || !isExported(owner.span)) return
      // What is nearer to the application knows more of the exchange, also that it is to be ignored.
      wireCaptures.get(owner.span)?.skip()
      if (captures.get(request) !== undefined || settings.ignore(request)) return
      spansWithBodies.set(owner.span, true)
      exchange = new WebExchange(request, owner, settings)
      captures.set(request, exchange)
    })
    return exchange
  }
}

function isCapture(value: unknown): value is WebExchangeCapture {
  return typeof value === 'object' && value !== null
}
