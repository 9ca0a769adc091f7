export { Artifact, type ArtifactOptions } from './artifact.js'
export type { ArtifactClientStats, CountsByReason } from './accounting.js'
export { checkOptions, OPTION_RULES, type OptionRule, type OptionRules } from './check-options.js'
export { ArtifactClient } from './client.js'
export { artifactClient, configureArtifacts } from './global-client.js'
export type { ArtifactClientLimits, ArtifactClientOptions, SpoolDurability } from './config.js'
export { reportProblem } from './diagnostics.js'
export type { ArtifactDestination, StorableArtifact, StoreOutcome } from './destination.js'
export { brokerDestination, type BrokerDestinationOptions } from './destinations/broker.js'
export { memoryDestination, type MemoryDestination, type StoredArtifact } from './destinations/memory.js'
export {
  ArtifactConfigurationError,
  type ArtifactConfigurationErrorCode,
  ArtifactError,
  type ArtifactErrorCode,
  type ArtifactInputErrorCode,
  ArtifactUploadError,
  type ArtifactUploadErrorCode,
  type ArtifactUploadErrorOptions,
  type UploadRecovery,
} from './errors.js'
export { REDACTED } from './redact-json.js'
export { mayNeedRedaction, type RedactionResult, redactText, type RedactTextOptions } from './redaction.js'
export { DEFAULT_SENSITIVE_KEYS, isSensitiveKey } from './sensitive-keys.js'
export { type OwnContentOptions, referenceOwnContent } from './own-content.js'
export { recordArtifact } from './record.js'
export {
  ARTIFACT_REFERENCE_KEY,
  type ArtifactReference,
  type DropReason,
  parseArtifactReference,
  parseArtifactReferences,
  serializeArtifactReference,
  serializeArtifactReferences,
} from './reference.js'
export { keepArtifactReferences, type ScrubMatch } from './scrubbing.js'
export {
  ArtifactSpanProcessor,
  type ArtifactSpanProcessorOptions,
  type EndedSpan,
  type WrappedSpanProcessor,
} from './span-processor.js'
export type { SpanWithAttributes } from './span-view.js'
export { type ArtifactWriter, type ArtifactWriterOptions, createArtifactWriter } from './writer.js'
