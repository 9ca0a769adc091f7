import { OpenTelemetry } from '@ai-sdk/otel'
import { type ArtifactTelemetry, type ArtifactTelemetryOptions, createArtifactTelemetry } from '../index.js'
import type { Recording } from './recording.js'
import type { Sdk } from './sdk.js'

/** What a call says about its own telemetry. */
export interface RecordSettings {
  readonly recordInputs?: boolean
  readonly recordOutputs?: boolean
  readonly isEnabled?: boolean
}

/** The capture as it is installed for one version: by the telemetry integration in 7, by tracer and model in 5 and 6. */
export interface Capture {
  readonly artifacts: ArtifactTelemetry
  /** The options of a call that turn telemetry on. */
  readonly telemetry: (settings?: RecordSettings) => Record<string, unknown>
  /** The model as it is given to a call. */
  readonly model: <Model extends object>(model: Model) => Model
}

export function capture(sdk: Sdk, recording: Recording, options: ArtifactTelemetryOptions = {}): Capture {
  const artifacts = createArtifactTelemetry({ client: recording.client, ...options })
  const integration = artifacts.telemetry((tracer) => new OpenTelemetry({ tracer }))
  return {
    artifacts,
    telemetry: (settings = {}) =>
      sdk.version === 7
        ? { telemetry: { ...settings, integrations: integration } }
        : { experimental_telemetry: artifacts.settings({ isEnabled: true, tracer: recording.tracer, ...settings }) },
    model: (model) => artifacts.wrapModel(model),
  }
}

/** The options of a call that turn telemetry on, without this package. */
export function plainTelemetry(sdk: Sdk, recording: Recording, settings: RecordSettings = {}): Record<string, unknown> {
  return sdk.version === 7
    ? { telemetry: { ...settings, integrations: new OpenTelemetry({ tracer: recording.tracer }) } }
    : { experimental_telemetry: { isEnabled: true, ...settings, tracer: recording.tracer } }
}
