import type { Span } from '@opentelemetry/api'
import type { ScrubbingOptions } from 'logfire'
import { expectTypeOf, test } from 'vitest'
import {
  Artifact,
  ARTIFACT_REFERENCE_KEY,
  ArtifactClient,
  type ArtifactClientLimits,
  type ArtifactDestination,
  ArtifactError,
  type ArtifactReference,
  ArtifactUploadError,
  brokerDestination,
  configureArtifacts,
  createArtifactWriter,
  keepArtifactReferences,
  memoryDestination,
  parseArtifactReference,
  parseArtifactReferences,
  recordArtifact,
  type RedactionResult,
  redactText,
} from './index.js'

declare const span: Span
declare const value: unknown

test('an artifact is made of anything, and read without awaiting', () => {
  const artifact = new Artifact(value, { filename: 'x', upload: 'sync' })
  expectTypeOf(artifact.sha256).toEqualTypeOf<string>()
  expectTypeOf(artifact.filename).toEqualTypeOf<string | undefined>()
  expectTypeOf(artifact.reference()).toEqualTypeOf<ArtifactReference>()
  expectTypeOf(artifact.uploaded).toEqualTypeOf<Promise<void>>()
  expectTypeOf(Artifact.from(value)).toEqualTypeOf<Promise<Artifact>>()
  expectTypeOf(Artifact.fromFile('path')).toEqualTypeOf<Promise<Artifact>>()
  // @ts-expect-error a mode that does not exist
  void Artifact.from(value, { upload: 'eventually' })
  // @ts-expect-error an option that does not exist
  void Artifact.from(value, { fileName: 'x' })
})

test('recording gives the artifact, if there is one already', () => {
  expectTypeOf(recordArtifact(span, 'key', value)).toEqualTypeOf<Artifact | undefined>()
  expectTypeOf(createArtifactWriter().finish({ field: 'x' })).toEqualTypeOf<Artifact>()
})

test('the client is configured with numbers, text and a destination', () => {
  expectTypeOf(configureArtifacts({ endpoint: 'x', maxQueueBytes: 1 })).toEqualTypeOf<ArtifactClient>()
  expectTypeOf(new ArtifactClient().limits).toEqualTypeOf<ArtifactClientLimits>()
  expectTypeOf(memoryDestination()).toExtend<ArtifactDestination>()
  expectTypeOf(brokerDestination({ endpoint: 'x' })).toEqualTypeOf<ArtifactDestination>()
  // @ts-expect-error an option that does not exist
  configureArtifacts({ endpont: 'x' })
})

test('references are parsed from anything', () => {
  expectTypeOf(parseArtifactReference(value)).toEqualTypeOf<ArtifactReference | undefined>()
  expectTypeOf(parseArtifactReferences(value)).toEqualTypeOf<ArtifactReference[]>()
  expectTypeOf<typeof ARTIFACT_REFERENCE_KEY>().toEqualTypeOf<'logfire.artifact'>()
})

test('errors narrow by their guard', () => {
  if (ArtifactUploadError.isInstance(value)) {
    expectTypeOf(value.recovery).toEqualTypeOf<'retry' | 'pause' | 'none'>()
    expectTypeOf(value).toExtend<ArtifactError>()
  }
})

test('the result of a redaction is told by its state', () => {
  const result = redactText('', { contentType: 'application/json' })
  expectTypeOf(result).toEqualTypeOf<RedactionResult>()
  if (result.state === 'redacted') expectTypeOf(result.text).toEqualTypeOf<string>()
})

test('the exemption fits Logfire’s callback', () => {
  expectTypeOf(keepArtifactReferences()).toExtend<NonNullable<ScrubbingOptions['callback']>>()
})
