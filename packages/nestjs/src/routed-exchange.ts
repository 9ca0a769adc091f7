import type { ExecutionContext } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import { reportProblem } from '@span-artifacts/core'
import {
  httpExchangeCapture,
  type CapturedRequest,
  type CapturedResponse,
  type HttpCapture,
  type HttpExchangeCapture,
} from '@span-artifacts/http'
import { findHandlerOptions, type CaptureArtifactsOptions } from './handler-options.js'

/** Requests whose handler is known, and whose capture was told what that handler wants. */
const routed = new WeakSet<CapturedRequest>()

/** Whether a request got as far as a handler, or its guards. */
export function isRouted(request: CapturedRequest): boolean {
  return routed.has(request)
}

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
  let capture: HttpExchangeCapture | undefined
  try {
    const http = context.switchToHttp()
    const request = unwrap<CapturedRequest>(http.getRequest())
    const response = unwrap<CapturedResponse>(http.getResponse())
    // Libraries that call handlers by themselves say `http` too, with arguments of any kind.
    if (request === undefined || response === undefined) return undefined
    start?.(request, response)
    routed.add(request)
    capture = httpExchangeCapture(request)
    const options = capture && findHandlerOptions(reflector, context)
    if (capture === undefined || options === undefined) {
      capture?.skip()
      return undefined
    }
    const { enabled: _, arguments: _arguments, result: _result, attributeNames = {}, ...changes } = options
    const { arguments: _argumentsName, result: _resultName, ...names } = attributeNames
    capture.override({ ...changes, attributeNames: names })
    return { capture, options }
  } catch (error) {
    capture?.skip()
    reportProblem('nestjs_capture_failed', `the options of a handler could not be applied: ${nameOf(error)}`)
    return undefined
  }
}

/** The name of an error: its message may quote what is not ours to show. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : `a thrown ${typeof error}`
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
