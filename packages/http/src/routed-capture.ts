import {
  createHttpCapture,
  httpExchangeCapture,
  takeOverHttpExchange,
  type HttpCapture,
} from './capture-http-exchange.js'
import type { HttpExchangeCapture } from './exchange.js'
import { hiddenSlot } from './hidden-slot.js'
import type { CapturedRequest, CapturedResponse } from './http-messages.js'
import { ownOptions } from './own-options.js'
import type { HttpCaptureOptions } from './options.js'
import type { RouteOptions } from './route-options.js'

const FIRST_STATUS_OF_REFUSAL = 300

/** On a request whose capture waits for its handler, and whether that has come, whichever copy of this package says it. */
const handlerKnown = hiddenSlot('span-artifacts.http.handler-known', (value) => typeof value === 'boolean')

/**
 * Prepares a capture for a framework in which a request is read before it is known which handler it is for. It watches all
 * that some handler turns on, and records no more than the options or that handler want.
 *
 * If there are handlers of which something must not be kept, then it forgets of a request that never reached its handler what
 * was sent, where it was refused; and all, where it may have been meant for one of them: a middleware that answers from a cache
 * repeats what they answered, and a parser that fails quotes what was sent.
 *
 * @param routes what each handler wants, where it wants anything; looked into at each request
 * @param mayBeHidden whether a request may have been meant for one of those handlers. Default: any request may
 * @returns captures one exchange; tell it the handler with {@link enterRoute}
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createRoutedHttpCapture(
  options: HttpCaptureOptions,
  routes: readonly RouteOptions[],
  mayBeHidden: (request: CapturedRequest) => boolean = () => true,
): HttpCapture {
  const own = ownOptions(options)
  const { request = true, response = true, files = true } = own
  const capture = createHttpCapture({
    ...own,
    request: request || routes.some((route) => route.request === true),
    response: response || routes.some((route) => route.response === true),
    files: files || routes.some((route) => route.files === true),
    shouldCapture: (incoming, outgoing) => {
      if (handlerKnown.get(incoming) !== true) {
        const running = httpExchangeCapture(incoming)
        if (routes.some(hidesAnything) && mayBeHidden(incoming)) {
          running?.override({ request: false, response: false, files: false })
        } else if (routes.some(hidesRequests) && !isAnswered(outgoing)) {
          running?.override({ request: false, files: false })
        }
      }
      return own.shouldCapture?.(incoming, outgoing) ?? true
    },
  })
  return (incoming, outgoing, span) => {
    // A framework may show a request twice.
    if (handlerKnown.get(incoming) !== undefined) return
    // The capture of all requests may have come first: it was not asked what this application wants.
    if (httpExchangeCapture(incoming) !== undefined) takeOverHttpExchange(incoming)
    capture(incoming, outgoing, span)
    const running = httpExchangeCapture(incoming)
    if (running === undefined) return
    handlerKnown.set(incoming, false)
    running.override({ request, response, files })
  }
}

/**
 * Tells the capture that runs for a request what its handler wants.
 *
 * @param route `undefined` where the handler wants nothing captured
 * @returns the running capture; `undefined` where nothing is captured
 */
export function enterRoute(request: CapturedRequest, route: RouteOptions | undefined): HttpExchangeCapture | undefined {
  const capture = httpExchangeCapture(request)
  if (capture !== undefined) handlerKnown.set(request, true)
  if (route === undefined || route.enabled === false) {
    capture?.skip()
    return undefined
  }
  const { enabled: _, ...changes } = route
  capture?.override(changes)
  return capture
}

function hidesAnything(route: RouteOptions): boolean {
  return hidesRequests(route) || route.response === false
}

function hidesRequests({ enabled, request, files }: RouteOptions): boolean {
  return enabled === false || request === false || files === false
}

/** Whether somebody took the request, if not a handler: a middleware, or a GraphQL server. */
function isAnswered(response: CapturedResponse): boolean {
  return response.headersSent && response.statusCode < FIRST_STATUS_OF_REFUSAL
}
