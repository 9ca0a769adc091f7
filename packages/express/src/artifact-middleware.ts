import { IncomingMessage } from 'node:http'
import { ArtifactConfigurationError } from '@span-artifacts/core'
import { createHttpCapture, takeOverWireCapture, type HttpCaptureOptions } from '@span-artifacts/http'
import type { Request, RequestHandler, Response } from 'express'

/**
 * Express middleware that records the bodies of every exchange, and uploaded files one by one, as artifacts of the
 * request's SERVER span. For Express 4 and 5.
 *
 * Install it first, before body parsers and before `compression()`: it sees what is read and written after it. Where
 * `captureAllRequests()` runs too, options given here count.
 *
 * @param options whose functions get Express's own request; below a mount path its `url` has lost that path, `originalUrl` not
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function artifactMiddleware(options: HttpCaptureOptions<Request, Response> = {}): RequestHandler {
  if (options instanceof IncomingMessage) {
    const message = 'artifactMiddleware makes the middleware and is none itself: write app.use(artifactMiddleware()).'
    throw new ArtifactConfigurationError('invalid_option', 'options', message)
  }
  const capture = createHttpCapture(options)
  const hasOwnOptions = Object.keys(options).length > 0
  return function artifacts(request, response, next) {
    // The capture of all requests was not asked what this application wants.
    if (hasOwnOptions) takeOverWireCapture(request)
    capture(request, response)
    next()
  }
}
