import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type ConfigurableModuleHost,
  type DynamicModule,
  type NestModule,
} from '@nestjs/common'
import {
  APP_GUARD,
  APP_INTERCEPTOR,
  ApplicationConfig,
  HttpAdapterHost,
  ModulesContainer,
  Reflector,
} from '@nestjs/core'
import { reportProblem } from '@span-artifacts/core'
import { createRoutedHttpCapture, type CapturedRequest, type HttpCaptureOptions } from '@span-artifacts/http'
import { ArtifactGuard } from './artifact-guard.js'
import { ArtifactInterceptor } from './artifact-interceptor.js'
import {
  ARTIFACTS_OPTIONS,
  type ArtifactsModuleAsyncOptions,
  type ArtifactsModuleExtras,
  type ArtifactsModuleOptions,
} from './artifacts-options.js'
import { applicationHandlers } from './controller-handlers.js'
import { findHandlerOptions, givenHandlerOptions } from './handler-options.js'
import { hiddenPaths } from './hidden-paths.js'
import { observeApplication } from './observed-arguments.js'
import { installCapture } from './platform.js'

const host: ConfigurableModuleHost<HttpCaptureOptions, 'forRoot', 'create', ArtifactsModuleExtras> =
  new ConfigurableModuleBuilder<HttpCaptureOptions>({ optionsInjectionToken: ARTIFACTS_OPTIONS })
    .setClassMethodName('forRoot')
    .setExtras<ArtifactsModuleExtras>({ isGlobal: true }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal !== false,
    }))
    .build()
const ConfigurableModule: typeof host.ConfigurableModuleClass = host.ConfigurableModuleClass

/**
 * Records the bodies of every exchange, and uploaded files one by one, as artifacts of the request's SERVER span. For
 * Nest on Express and on Fastify.
 *
 * The capture is installed when the module is constructed: before Nest's body parsers, and before every middleware that
 * a module configures.
 *
 * Imported as it is, it captures by the defaults, and is not global: other modules have to import it to inject what it exports.
 */
@Module({
  providers: [
    // Of the module without `forRoot()`, which replaces it.
    { provide: ARTIFACTS_OPTIONS, useValue: {} },
    ArtifactInterceptor,
    { provide: APP_GUARD, useClass: ArtifactGuard },
    { provide: APP_INTERCEPTOR, useExisting: ArtifactInterceptor },
  ],
  exports: [ARTIFACTS_OPTIONS, ArtifactInterceptor],
})
export class ArtifactsModule extends ConfigurableModule implements NestModule {
  readonly #config: ApplicationConfig
  readonly #modules: ModulesContainer
  readonly #reflector: Reflector
  /** Unknown until Nest has found all controllers, which is before the first request. */
  #mayBeHidden: ((request: CapturedRequest) => boolean) | undefined

  /** Called by Nest. @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value */
  constructor(
    @Inject(ARTIFACTS_OPTIONS) options: HttpCaptureOptions,
    @Inject(HttpAdapterHost) adapters: HttpAdapterHost,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(Reflector) reflector: Reflector,
  ) {
    super()
    this.#config = config
    this.#modules = modules
    this.#reflector = reflector
    const mayBeHidden = (request: CapturedRequest): boolean => this.#mayBeHidden?.(request) ?? true
    const capture = createRoutedHttpCapture(options, givenHandlerOptions, mayBeHidden)
    installCapture(adapters, (request, response, span) => {
      if (this.#mayBeHidden !== undefined) capture(request, response, span)
      else reportLateModule()
    })
  }

  /**
   * Called by Nest when all global guards and interceptors are known and no handler has been bound to them. Ours go to the
   * front: no guard refuses a request before it is known which handler it is for, and a result is seen as it leaves the last
   * interceptor, without the members that a serializer hides.
   *
   * Where no handler asks for its arguments or its result, the interceptor is taken out again: Nest answers a request for
   * server-sent events before an asynchronous handler has settled as soon as there is any interceptor.
   */
  configure(): void {
    observeApplication(this.#modules, this.#reflector)
    this.#mayBeHidden = hiddenPaths(this.#modules, this.#reflector)
    moveToFront(this.#config.getGlobalGuards(), (guard) => guard instanceof ArtifactGuard)
    const interceptors = this.#config.getGlobalInterceptors()
    const moved = moveToFront(interceptors, (interceptor) => interceptor instanceof ArtifactInterceptor)
    if (!wantsInterceptor(this.#modules, this.#reflector)) interceptors.splice(0, moved)
  }

  /** The module with its options. @param options default: capture everything that the defaults allow */
  static override forRoot(options: ArtifactsModuleOptions = {}): DynamicModule {
    const { isGlobal, ...rest } = options
    // Nest copies the members of what it is given, which leaves out the methods of a class.
    const prototype: unknown = Reflect.getPrototypeOf(options)
    const isPlain = prototype === Object.prototype || prototype === null
    const providers = [{ provide: ARTIFACTS_OPTIONS, useValue: isPlain ? rest : options }]
    return { ...super.forRoot(isGlobal === undefined ? {} : { isGlobal }), providers }
  }

  /** The module with options that Nest has to find first, for example through a `ConfigService`. */
  static override forRootAsync(options: ArtifactsModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options)
  }
}

/** Whether a handler of the application asks for what only an interceptor sees. */
function wantsInterceptor(modules: ModulesContainer, reflector: Reflector): boolean {
  return applicationHandlers(modules).some(({ handler, controller }) => {
    const options = findHandlerOptions(reflector, handler, controller)
    return options?.arguments === true || options?.result === true
  })
}

/** No guard of a module that is loaded lazily is ever asked: nobody could say which handlers are skipped. */
function reportLateModule(): void {
  const message =
    'ArtifactsModule was loaded lazily, and captures nothing: import it in a module that is there from the start'
  reportProblem('nestjs_late_module', message)
}

/** Changes the list itself: it is the one that Nest goes by. @returns how many were moved */
function moveToFront<Item>(list: Item[], isOurs: (item: Item) => boolean): number {
  list.sort((left, right) => Number(isOurs(right)) - Number(isOurs(left)))
  return list.filter(isOurs).length
}
