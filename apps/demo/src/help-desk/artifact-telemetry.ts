import { createArtifactTelemetry, type ArtifactTelemetry } from '@span-artifacts/ai-sdk'

/** Captures what goes into the models of the AI SDK and comes out of them. One for the process, so that all share it. */
export const artifactTelemetry: ArtifactTelemetry = createArtifactTelemetry()
