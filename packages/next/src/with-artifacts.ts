import { createWebCapture, type WebCaptureOptions, type WebExchangeCapture } from '@span-artifacts/http/web'
import type { NextRequest } from 'next/server.js'
import { flushAfterResponse } from './flush-after-response.js'
import { responseThrown } from './thrown-response.js'

/** What Next calls a route handler with, beside the request. */
export interface RouteHandlerContext {
  readonly params: Promise<Record<string, string | string[] | undefined>>
}

/** A route handler of the App Router. A method, so that handlers may ask for a narrower request or context. */
type RouteHandlerMethod = {
  handle(request: NextRequest, context: RouteHandlerContext): Response | void | Promise<Response | void>
}

/** A route handler of the App Router. */
export type RouteHandler = RouteHandlerMethod['handle']

/**
 * Records the bodies of every exchange of a route handler, and uploaded files one by one, as artifacts of the request's
 * SERVER span.
 *
 * ```ts
 * export const POST = withArtifacts(async (request) => Response.json(await request.json()))
 * ```
 *
 * The handler gets the request that Next made, and Next gets the response that the handler made: bodies are watched in
 * place while they are read. What the handler throws, `redirect()` and `notFound()` among it, is thrown on. A handler that
 * is wrapped twice is captured once, as the outer wrapper says.
 *
 * @returns a function like the handler, synchronous if the handler is
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function withArtifacts<Handler extends RouteHandler>(
  handler: Handler,
  options: WebCaptureOptions = {},
): Handler {
  const capture = createWebCapture(options)
  return new Proxy(handler, {
    apply(target, self, parameters: unknown[]): unknown {
      const [request] = parameters
      const exchange = isRequest(request) ? capture(request) : undefined
      if (exchange === undefined) return Reflect.apply(target, self, parameters)
      flushAfterResponse(exchange.finished, options.client)
      try {
        const answer: unknown = Reflect.apply(target, self, parameters)
        return isPromiseLike(answer) ? settle(answer, exchange) : answered(answer, exchange)
      } catch (error) {
        exchange.finalize(responseThrown(error))
        throw error
      }
    },
  })
}

async function settle(answer: PromiseLike<unknown>, exchange: WebExchangeCapture): Promise<unknown> {
  let settled: unknown
  try {
    settled = await answer
  } catch (error) {
    exchange.finalize(responseThrown(error))
    throw error
  }
  return answered(settled, exchange)
}

function answered(answer: unknown, exchange: WebExchangeCapture): unknown {
  if (isResponse(answer)) exchange.answer(answer)
  else exchange.finalize(responseThrown(undefined))
  return answer
}

/** Next hands some routes a proxy of the request, and tests may hand over anything. */
function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'headers' in value && 'method' in value
}

function isResponse(value: unknown): value is Response {
  return value instanceof Response
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
