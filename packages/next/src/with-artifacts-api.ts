import {
  createHttpCapture,
  httpExchangeCapture,
  DEFAULT_ATTRIBUTE_NAMES,
  type HttpCaptureOptions,
} from '@span-artifacts/http'
import type { NextApiHandler, NextApiRequest } from 'next'

/**
 * Records the bodies of every exchange of a route of the Pages API as artifacts of the request's SERVER span.
 *
 * Next's body parser has read the request by the time the handler is called: what it made of the body is recorded, as
 * JSON. With `bodyParser: false` the body is recorded as the handler reads it.
 *
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function withArtifactsApi<Handler extends NextApiHandler>(
  handler: Handler,
  options: HttpCaptureOptions = {},
): Handler {
  const capture = createHttpCapture(options)
  const captureAnswer = createHttpCapture({ ...options, request: false, files: false })
  const attribute = options.attributeNames?.requestBody ?? DEFAULT_ATTRIBUTE_NAMES.requestBody
  return new Proxy(handler, {
    apply(target, self, parameters: Parameters<NextApiHandler>): unknown {
      const [request, response] = parameters
      if (!request.readableDidRead) capture(request, response)
      else if (httpExchangeCapture(request) === undefined) {
        captureAnswer(request, response)
        const json = options.request === false ? undefined : parsedBody(request)
        if (json !== undefined) httpExchangeCapture(request)?.addJson(attribute, json)
      }
      return Reflect.apply(target, self, parameters)
    },
  })
}

/** Next's body parser leaves an empty text where there was no body. */
function parsedBody({ body }: NextApiRequest): string | undefined {
  const parsed: unknown = body
  return parsed === undefined || parsed === '' ? undefined : JSON.stringify(parsed)
}
