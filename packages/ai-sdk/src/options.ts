import type { Tracer } from '@opentelemetry/api'
import { checkOptions, OPTION_RULES, type ArtifactClient, type OptionRule } from '@span-artifacts/core'

/** Longest text or JSON that stays whole in an attribute: 8 KiB. */
const DEFAULT_MAX_INLINE_BYTES = 8 * 1024

/** How much of a longer text stays readable in the attribute: 1 KiB. */
const DEFAULT_PREVIEW_BYTES = 1024

/** What is captured, and where it goes. Every member is optional. */
export interface ArtifactTelemetryOptions {
  /** Uploads the artifacts. Default: the global client, `artifactClient()` of `@span-artifacts/core`. */
  readonly client?: ArtifactClient
  /**
   * A text part or a JSON tool result above this size becomes an artifact and leaves a preview behind, in bytes of
   * UTF-8. Default: 8 KiB.
   */
  readonly maxInlineBytes?: number
  /** How much of such a text stays in the attribute, in bytes of UTF-8, cut between characters. Default: 1 KiB. */
  readonly previewBytes?: number
  /** Smaller media stay in the attribute as base64, in a `blob` part; in bytes. Default: 0, so that none does. */
  readonly minBytes?: number
  /**
   * Which media are captured: full types, or ranges such as `image/*`. Others are named in the message without their
   * content. Default: all.
   */
  readonly mediaTypes?: readonly string[]
  /**
   * `false` keeps what is given to a model out of spans and out of the store. Otherwise the `recordInputs` of each call
   * decides.
   */
  readonly recordInputs?: boolean
  /**
   * `false` keeps what a model made out of spans and out of the store. Otherwise the `recordOutputs` of each call
   * decides.
   */
  readonly recordOutputs?: boolean
  /**
   * Starts the spans of calls for which the AI SDK has none: image and video models, and speech and transcription
   * before version 7. Default: the tracer `@span-artifacts/ai-sdk` of the global provider.
   */
  readonly tracer?: Tracer
}

/** {@link ArtifactTelemetryOptions}, checked and with every default filled in. */
export interface Settings {
  readonly client: ArtifactClient | undefined
  readonly maxInlineBytes: number
  readonly previewBytes: number
  readonly minBytes: number
  readonly mediaTypes: readonly string[] | undefined
  readonly recordInputs: boolean
  readonly recordOutputs: boolean
  readonly tracer: Tracer | undefined
}

const RULES: Readonly<Record<keyof ArtifactTelemetryOptions, OptionRule>> = {
  client: OPTION_RULES.client,
  maxInlineBytes: OPTION_RULES.bytes,
  previewBytes: OPTION_RULES.bytes,
  minBytes: OPTION_RULES.bytes,
  mediaTypes: {
    expected: 'an array of media types such as "image/*"',
    accepts: (value) => Array.isArray(value) && value.every((type) => typeof type === 'string' && type.includes('/')),
  },
  recordInputs: OPTION_RULES.boolean,
  recordOutputs: OPTION_RULES.boolean,
  tracer: {
    expected: 'a Tracer, as trace.getTracer() returns it',
    accepts: (value) => typeof Object(value).startSpan === 'function',
    isSecret: true,
  },
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function resolveOptions(options: ArtifactTelemetryOptions = {}): Settings {
  checkOptions(options, { owner: 'the AI SDK capture', rules: RULES })
  return {
    client: options.client,
    maxInlineBytes: options.maxInlineBytes ?? DEFAULT_MAX_INLINE_BYTES,
    previewBytes: options.previewBytes ?? DEFAULT_PREVIEW_BYTES,
    minBytes: options.minBytes ?? 0,
    mediaTypes: options.mediaTypes,
    recordInputs: options.recordInputs ?? true,
    recordOutputs: options.recordOutputs ?? true,
    tracer: options.tracer,
  }
}
