import {
  createHttpCapture,
  httpExchangeCapture,
  type CapturedRequest,
  type CapturedResponse,
  type HttpCapture,
  type HttpCaptureOptions,
} from '@span-artifacts/http'
import { someHandler, type CaptureArtifactsOptions } from './handler-options.js'
import { isRouted } from './routed-exchange.js'

const FIRST_STATUS_OF_REFUSAL = 300

/**
 * The capture that runs before it is known which handler a request is for. So it watches all that some handler turns on,
 * and records no more than the module or that handler wants; and of a request that was refused before anybody could ask
 * its handler it forgets what was sent, if there are handlers of which that must not be kept.
 */
export function createModuleCapture(options: HttpCaptureOptions): HttpCapture {
  const { request = true, response = true, files = true } = options
  const capture = createHttpCapture({
    ...options,
    request: request || someHandler((handler) => handler.request === true),
    response: response || someHandler((handler) => handler.response === true),
    files: files || someHandler((handler) => handler.files === true),
    shouldCapture: (incoming, outgoing) => {
      if (!isRouted(incoming) && !isAnswered(outgoing) && someHandler(hidesRequests)) {
        httpExchangeCapture(incoming)?.override({ request: false, files: false })
      }
      return options.shouldCapture?.(incoming, outgoing) ?? true
    },
  })
  return (incoming: CapturedRequest, outgoing: CapturedResponse) => {
    // Another capture came first, with options of its own.
    if (httpExchangeCapture(incoming) !== undefined) return
    capture(incoming, outgoing)
    httpExchangeCapture(incoming)?.override({ request, response, files })
  }
}

function hidesRequests({ enabled, request, files }: CaptureArtifactsOptions): boolean {
  return enabled === false || request === false || files === false
}

/** Whether somebody took the request, if not a handler: a middleware, or a GraphQL server. */
function isAnswered(response: CapturedResponse): boolean {
  return response.headersSent && response.statusCode < FIRST_STATUS_OF_REFUSAL
}
