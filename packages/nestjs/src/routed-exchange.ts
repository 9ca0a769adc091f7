import type { ExecutionContext } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import { reportProblem } from '@span-artifacts/core'
import {
  enterRoute,
  httpExchangeCapture,
  type CapturedRequest,
  type CapturedResponse,
  type HttpCapture,
  type HttpExchangeCapture,
  type RouteOptions,
} from '@span-artifacts/http'
import { findHandlerOptions, type CaptureArtifactsOptions } from './handler-options.js'

/** An exchange whose handler is known and wants it captured. */
export interface RoutedExchange {
  readonly capture: HttpExchangeCapture
  readonly options: CaptureArtifactsOptions
}

/**
 * Tells the running capture what the handler wants. Never throws: where that cannot be found out, nothing is captured.
 * Of a GraphQL resolver only `@SkipArtifacts()` counts: others may answer a part of the same exchange.
 *
 * @param start starts the capture where none runs yet
 * @returns `undefined` for anything but HTTP, and where nothing is captured
 */
export function enterHandler(
  context: ExecutionContext,
  reflector: Reflector,
  start?: HttpCapture,
): RoutedExchange | undefined {
  let request: CapturedRequest | undefined
  try {
    if (context.getType() !== 'http') {
      request = graphqlRequest(context)
      if (request !== undefined && optionsOf(context, reflector) === undefined) enterRoute(request, undefined)
      return undefined
    }
    const http = context.switchToHttp()
    request = unwrap<CapturedRequest>(http.getRequest())
    const response = unwrap<CapturedResponse>(http.getResponse())
    // Libraries that call handlers by themselves say `http` too, with arguments of any kind.
    if (request === undefined || response === undefined) return undefined
    start?.(request, response)
    const options = optionsOf(context, reflector)
    const capture = enterRoute(request, options && exchangeOptions(options))
    return capture && options && { capture, options }
  } catch (error) {
    if (request !== undefined) httpExchangeCapture(request)?.skip()
    const name = error instanceof Error ? error.name : typeof error
    reportProblem('nestjs_capture_failed', `the options of a handler could not be applied: ${name}`)
    return undefined
  }
}

function optionsOf(context: ExecutionContext, reflector: Reflector): CaptureArtifactsOptions | undefined {
  return findHandlerOptions(reflector, context.getHandler(), context.getClass())
}

/** The request that a GraphQL driver puts into its context: that of Apollo as `req`, that of Mercurius behind `reply`. */
function graphqlRequest(context: ExecutionContext): CapturedRequest | undefined {
  if (context.getType<string>() !== 'graphql') return undefined
  const { req, reply }: { readonly req?: CapturedRequest; readonly reply?: { readonly request?: CapturedRequest } } =
    Object(context.getArgByIndex(2))
  return unwrap(req ?? reply?.request)
}

/** What of the options concerns the exchange, not the handler. */
function exchangeOptions(options: CaptureArtifactsOptions): RouteOptions {
  const { arguments: _arguments, result: _result, attributeNames = {}, ...route } = options
  const { arguments: _argumentsName, result: _resultName, ...names } = attributeNames
  return { ...route, attributeNames: names }
}

interface Wrapped<Message> {
  readonly raw: Message
}

/** Fastify wraps the messages of Node, Express extends them. */
function unwrap<Message extends object>(message: Message | Wrapped<Message> | undefined): Message | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  return isWrapped(message) ? message.raw : message
}

function isWrapped<Message extends object>(message: Message | Wrapped<Message>): message is Wrapped<Message> {
  const raw: unknown = Reflect.get(message, 'raw')
  return typeof raw === 'object' && raw !== null && 'socket' in raw
}
