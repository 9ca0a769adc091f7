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
 *
 * @param start starts the capture where none runs yet
 * @returns `undefined` for anything but HTTP, and where nothing is captured
 */
export function enterHandler(
  context: ExecutionContext,
  reflector: Reflector,
  start?: HttpCapture,
): RoutedExchange | undefined {
  if (context.getType() !== 'http') return undefined
  let request: CapturedRequest | undefined
  try {
    const http = context.switchToHttp()
    request = unwrap<CapturedRequest>(http.getRequest())
    const response = unwrap<CapturedResponse>(http.getResponse())
    // Libraries that call handlers by themselves say `http` too, with arguments of any kind.
    if (request === undefined || response === undefined) return undefined
    start?.(request, response)
    const options = findHandlerOptions(reflector, context.getHandler(), context.getClass())
    const capture = enterRoute(request, options && exchangeOptions(options))
    return capture && options && { capture, options }
  } catch (error) {
    if (request !== undefined) httpExchangeCapture(request)?.skip()
    const name = error instanceof Error ? error.name : typeof error
    reportProblem('nestjs_capture_failed', `the options of a handler could not be applied: ${name}`)
    return undefined
  }
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
