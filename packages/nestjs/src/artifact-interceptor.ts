import {
  Inject,
  Injectable,
  Optional,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { HttpAdapterHost, Reflector } from '@nestjs/core'
import { REDACTED, reportProblem } from '@span-artifacts/core'
import {
  className,
  createHttpCapture,
  type DescribeObject,
  type HttpCapture,
  type HttpCaptureOptions,
} from '@span-artifacts/http'
import { tap, type Observable } from 'rxjs'
import { argumentKeys } from './argument-keys.js'
import { ARTIFACTS_OPTIONS } from './artifacts-options.js'
import { findHandlerMethod, type HandlerMethod } from './handler-method.js'
import { DEFAULT_HANDLER_ATTRIBUTE_NAMES } from './handler-options.js'
import { isObserved, observingArguments } from './observed-arguments.js'
import { hasCapture } from './platform.js'
import { enterHandler } from './routed-exchange.js'

/**
 * Captures what belongs to a handler: its arguments and its result, where `@CaptureArtifacts()` asks for them.
 * `ArtifactsModule` installs it for every handler as soon as one of them asks.
 *
 * Used alone, with `@UseInterceptors(ArtifactInterceptor)` or `app.useGlobalInterceptors()`, it starts the capture by
 * itself: responses and uploaded files are captured, but not the request bodies that Nest has parsed before. A result is then
 * what the interceptors behind this one have made of it: those before it may still hide something.
 */
@Injectable()
export class ArtifactInterceptor implements NestInterceptor {
  readonly #reflector: Reflector
  readonly #capture: HttpCapture
  readonly #host: HttpAdapterHost | undefined

  /**
   * @param options what is captured where no `ArtifactsModule` runs
   * @param host tells whether one runs
   * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
   */
  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Optional() @Inject(ARTIFACTS_OPTIONS) options?: HttpCaptureOptions,
    @Optional() @Inject(HttpAdapterHost) host?: HttpAdapterHost,
  ) {
    this.#reflector = reflector
    this.#capture = createHttpCapture(options)
    this.#host = host
  }

  /** Called by Nest. Changes neither the values nor the errors that pass. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const start = hasCapture(this.#host?.httpAdapter) ? undefined : this.#capture
    const exchange = enterHandler(context, this.#reflector, start)
    if (exchange === undefined) return next.handle()
    const { arguments: wantsArguments, result: wantsResult, attributeNames } = exchange.options
    const names = { ...DEFAULT_HANDLER_ATTRIBUTE_NAMES, ...attributeNames }
    const live: readonly unknown[] = context.getArgs()
    const describe: DescribeObject = (value) =>
      live.includes(value) || value instanceof StreamableFile ? className(value) : undefined
    const addResult = (value: unknown): void => exchange.capture.addValue(names.result, value, describe)
    if (wantsArguments !== true && wantsResult !== true) return next.handle()

    const method = wantsArguments === true ? findHandlerMethod(context) : undefined
    let wasSeen = false
    const addArguments = (handlerArguments: readonly unknown[]): void => {
      wasSeen = true
      exchange.capture.addValue(names.arguments, handlerArguments, (value, key, isSensitiveName) => {
        if (value !== handlerArguments) return describe(value, key, isSensitiveName)
        const keys = argumentKeys(context.getClass(), method)
        return handlerArguments.map((argument, index) =>
          argument !== undefined && isSensitiveName(keys.get(index) ?? '') ? REDACTED : argument,
        )
      })
    }
    const handled = method ? observingArguments(method, addArguments, () => next.handle()) : next.handle()
    let last: unknown
    return handled.pipe(
      tap({
        next: (value) => {
          last = value
        },
        complete: () => {
          // The answer may have come from a cache, without a call.
          if (wantsArguments === true && !wasSeen && !isObserved(context.getHandler())) reportUnseen(method)
          if (wantsResult === true) addResult(last)
        },
      }),
    )
  }
}

function reportUnseen(method: HandlerMethod | undefined): void {
  const name = method?.name ?? 'a handler'
  const message = `the arguments of ${name} cannot be seen: put @CaptureArtifacts() on it, or on its own class`
  reportProblem('nestjs_arguments_unseen', message)
}
