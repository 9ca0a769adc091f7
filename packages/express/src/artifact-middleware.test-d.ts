import type { RequestHandler } from 'express'
import { expectTypeOf, test } from 'vitest'
import { artifactMiddleware, type HttpCaptureOptions } from './index.js'

test('the functions among the options get the request and the response of Express', () => {
  const middleware = artifactMiddleware({
    ignore: (request) => request.path === '/health' || request.originalUrl.startsWith('/internal/'),
    shouldCapture: (request, response) => request.params['id'] !== 'me' && response.locals['isPrivate'] !== true,
  })
  expectTypeOf(middleware).toEqualTypeOf<RequestHandler>()
})

test('options that are written for every adapter will do', () => {
  const options: HttpCaptureOptions = { ignore: ({ url }) => url === '/health' }
  expectTypeOf(artifactMiddleware(options)).toEqualTypeOf<RequestHandler>()
  // @ts-expect-error Nobody waits for a promise.
  artifactMiddleware({ shouldCapture: () => Promise.resolve(false) })
})
