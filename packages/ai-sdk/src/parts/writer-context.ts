import type { Artifact } from '@span-artifacts/core'
import { type ArtifactTelemetryOptions, resolveOptions, type Settings } from '../options.js'
import { createDecodedMedia, type DecodedMedia } from './decoded-media.js'

/** What everything that was made from the same options shares. */
export interface WriterContext {
  readonly settings: Settings
  readonly decoded: DecodedMedia
  /** Artifacts that are being hashed, by their buffers: the same image on several spans is hashed once. */
  readonly hashing: WeakMap<object, Artifact>
}

/** @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value */
export function createWriterContext(options?: ArtifactTelemetryOptions): WriterContext {
  return { settings: resolveOptions(options), decoded: createDecodedMedia(), hashing: new WeakMap() }
}
