import {
  contentTypeFilter,
  createHttpCapture,
  DEFAULT_ATTRIBUTE_NAMES,
  DEFAULT_CONTENT_TYPES,
  httpExchangeCapture,
  takeOverHttpExchange,
  UNKNOWN_CONTENT_TYPE,
  type HttpCaptureOptions,
} from '@span-artifacts/http'
import { ownOptions } from '@span-artifacts/http/web'
import type { NextApiHandler, NextApiRequest, NextApiResponse } from 'next'
import { flushAfterResponse } from './flush-after-response.js'

/**
 * Records the bodies of every exchange of a route of the Pages API as artifacts of the request's SERVER span.
 *
 * Next's body parser has read the request by the time the handler is called: what it made of the body is recorded, as
 * JSON, but not the text that it makes of a multipart form. With `bodyParser: false` the body is recorded as the handler reads it.
 *
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function withArtifactsApi<Handler extends NextApiHandler>(
  handler: Handler,
  givenOptions: HttpCaptureOptions = {},
): Handler {
  const options = ownOptions(givenOptions)
  const capture = createHttpCapture(options)
  const captureAnswer = createHttpCapture({ ...options, request: false, files: false })
  const attribute = options.attributeNames?.requestBody ?? DEFAULT_ATTRIBUTE_NAMES.requestBody
  const isCapturedType = contentTypeFilter(options.contentTypes ?? DEFAULT_CONTENT_TYPES)
  const wantsRequest = (request: NextApiRequest): boolean =>
    options.request !== false && isCapturedType(contentTypeOf(request))
  const hasOwnOptions = Object.values(options).some((value) => value !== undefined)
  return new Proxy(handler, {
    apply(target, self, parameters: Parameters<NextApiHandler>): unknown {
      const [request, response] = parameters
      // What was seen on the wire is exact, but it was not asked what this route wants.
      if (hasOwnOptions) takeOverHttpExchange(request)
      if (httpExchangeCapture(request) === undefined) {
        if (request.readableDidRead) {
          captureAnswer(request, response)
          if (wantsRequest(request)) httpExchangeCapture(request)?.addValue(attribute, parsedBody(request))
        } else capture(request, response)
        if (httpExchangeCapture(request) !== undefined) flushAfterResponse(closed(response), options.client)
      }
      return Reflect.apply(target, self, parameters)
    },
  })
}

const isMultipart = contentTypeFilter(['multipart/*'])

function contentTypeOf({ headers }: NextApiRequest): string {
  return headers['content-type'] ?? UNKNOWN_CONTENT_TYPE
}

/** Next's body parser leaves an empty text where there was no body, and the text of what it cannot parse. */
function parsedBody(request: NextApiRequest): unknown {
  try {
    const body: unknown = request.body
    if (body === '') return undefined
    // Secrets are found in a form as it was sent, not in a JSON text of one, and files are no text.
    return typeof body === 'string' && isMultipart(contentTypeOf(request)) ? `[form, ${body.length} characters]` : body
  } catch {
    // Somebody has put a getter there that fails.
    return undefined
  }
}

function closed(response: NextApiResponse): Promise<void> {
  return new Promise((resolve) => void response.once('close', resolve))
}
