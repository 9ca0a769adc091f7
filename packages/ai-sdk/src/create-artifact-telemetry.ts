import { trace, type Tracer } from '@opentelemetry/api'
import { type ArtifactMiddleware, createMiddleware } from './models/middleware.js'
import { captureModel } from './models/wrap-model.js'
import { captureProvider } from './models/wrap-provider.js'
import type { ArtifactTelemetryOptions } from './options.js'
import { createWriterContext } from './parts/writer-context.js'
import { ArtifactTracer } from './spans/artifact-tracer.js'
import type { Consent } from './spans/watched-span.js'
import { decorateIntegration, joinCurrentHook } from './telemetry/decorate-integration.js'

/** What of the `experimental_telemetry` of AI SDK 5 and 6 is read. */
export interface TelemetrySettings {
  readonly isEnabled?: boolean
  readonly recordInputs?: boolean
  readonly recordOutputs?: boolean
  readonly tracer?: Tracer
}

/** The ways to capture what goes into models and comes out of them. All share one set of options. */
export interface ArtifactTelemetry {
  /**
   * AI SDK 7: makes the telemetry integration that writes spans, and keeps media out of what it sees.
   *
   * @param create gets the tracer that the integration must write to:
   *   `(tracer) => new OpenTelemetry({ tracer })` of `@ai-sdk/otel`
   * @returns what is registered with `registerTelemetry`, or given to a call as `telemetry.integrations`
   */
  readonly telemetry: <Integration extends object>(create: (tracer: Tracer) => Integration) => Integration
  /**
   * AI SDK 5 and 6: the settings of a call, for `experimental_telemetry`, with a tracer that takes media out of what the
   * SDK writes. Says exactly which of prompt and answer may be recorded, so use it together with the middleware.
   */
  readonly settings: <Settings extends TelemetrySettings>(settings: Settings) => Settings & { readonly tracer: Tracer }
  /**
   * AI SDK 5 and 6: only the tracer of {@link settings}.
   *
   * @param tracer writes the spans. Default: the tracer `ai` of the global provider, as in the SDK
   */
  readonly tracer: (tracer?: Tracer) => Tracer
  /** Every version: as {@link artifactMiddleware}. */
  readonly middleware: () => ArtifactMiddleware
  /** Every version: as {@link wrapModel}. */
  readonly wrapModel: <Model>(model: Model) => Model
  /** Every version: as {@link wrapProvider}. */
  readonly wrapProvider: <Provider extends object>(provider: Provider) => Provider
}

/** The tracers that the SDK's own telemetry uses. */
const INTEGRATION_TRACER_NAME = 'gen_ai'
const SDK_TRACER_NAME = 'ai'

/**
 * Captures the multimodal prompts and answers of the AI SDK, versions 5 to 7: images, audio, video, PDFs and other files
 * become artifacts, and so do texts and tool results that are too long for an attribute. The messages on the spans follow
 * the OpenTelemetry GenAI conventions and refer to the artifacts.
 *
 * Nothing here delays a call, changes its result, or throws into it.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createArtifactTelemetry(options?: ArtifactTelemetryOptions): ArtifactTelemetry {
  const writerContext = createWriterContext(options)
  const own = writerContext.settings

  const wrapTracer = (tracer: Tracer, consent?: Consent): Tracer =>
    new ArtifactTracer(tracer, {
      writerContext,
      onSpan: (span) => {
        if (consent !== undefined) span.consent = consent
        joinCurrentHook(span)
      },
    })

  return {
    telemetry(create) {
      const tracer = wrapTracer(own.tracer ?? trace.getTracer(INTEGRATION_TRACER_NAME))
      return decorateIntegration(create(tracer), own)
    },
    settings(settings) {
      const recordInputs = settings.recordInputs !== false && own.recordInputs
      const recordOutputs = settings.recordOutputs !== false && own.recordOutputs
      const consent = { inputs: recordInputs, outputs: recordOutputs }
      const tracer = wrapTracer(settings.tracer ?? trace.getTracer(SDK_TRACER_NAME), consent)
      return { ...settings, recordInputs, recordOutputs, tracer }
    },
    tracer: (tracer = trace.getTracer(SDK_TRACER_NAME)) => wrapTracer(tracer),
    middleware: () => createMiddleware(writerContext),
    wrapModel: (model) => captureModel(writerContext, model),
    wrapProvider: (provider) => captureProvider(writerContext, provider),
  }
}
