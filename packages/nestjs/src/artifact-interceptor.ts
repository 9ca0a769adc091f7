import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { HttpAdapterHost, Reflector } from '@nestjs/core'
import { reportProblem } from '@span-artifacts/core'
import { createHttpCapture, type HttpCapture, type HttpCaptureOptions } from '@span-artifacts/http'
import { tap, type Observable } from 'rxjs'
import { ARTIFACTS_OPTIONS } from './artifacts-options.js'
import { describeValues } from './describe-values.js'
import { DEFAULT_HANDLER_ATTRIBUTE_NAMES } from './handler-options.js'
import { observingArguments } from './observed-arguments.js'
import { hasCapture } from './platform.js'
import { enterHandler, nameOf, type RoutedExchange } from './routed-exchange.js'

/**
 * Captures what belongs to a handler: its arguments and its result, where `@CaptureArtifacts()` asks for them.
 * `ArtifactsModule` installs it for every handler.
 *
 * Used alone, with `@UseInterceptors(ArtifactInterceptor)` or `app.useGlobalInterceptors()`, it starts the capture by
 * itself: responses and uploaded files are captured, but not the request bodies that Nest has parsed before.
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
    const live = context.getArgs()
    const add = (name: string, value: unknown): void => addValue(exchange, name, { value, live })

    const handled =
      wantsArguments === true
        ? observingArguments(
            (handlerArguments) => add(names.arguments, handlerArguments),
            () => next.handle(),
          )
        : next.handle()
    if (wantsResult !== true) return handled
    let last: unknown
    return handled.pipe(
      tap({
        next: (value) => {
          last = value
        },
        complete: () => add(names.result, last),
      }),
    )
  }
}

function addValue(
  { capture }: RoutedExchange,
  name: string,
  { value, live }: { value: unknown; live: readonly unknown[] },
): void {
  try {
    const json = describeValues(value, live)
    if (json !== undefined) capture.addJson(name, json)
  } catch (error) {
    reportProblem('nestjs_capture_failed', `${name} could not be written as JSON: ${nameOf(error)}`)
  }
}
