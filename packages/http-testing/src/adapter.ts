import {
  ArtifactClient,
  memoryDestination,
  parseArtifactReference,
  parseArtifactReferences,
} from '@span-artifacts/core'
import type { ArtifactReference, MemoryDestination } from '@span-artifacts/core'
import type { Attributes } from '@opentelemetry/api'
import type { Application } from './application.js'
import type { ListeningServer } from './listen.js'
import type { TestTracing } from './tracing.js'

/** The capture options that the contract sets; every adapter takes them under these names. */
export interface ContractOptions {
  readonly client: ArtifactClient
  readonly request?: boolean
  readonly response?: boolean
  readonly files?: boolean
  readonly contentTypes?: readonly string[]
  readonly maxBodyBytes?: number
  readonly maxFileBytes?: number
  readonly ignore?: (request: { readonly url?: string | undefined }) => boolean
  readonly shouldCapture?: (request: unknown, response: { readonly statusCode: number }) => boolean
  readonly redact?:
    | boolean
    | { keys: readonly (string | RegExp)[] }
    | ((text: string, type: string) => string | undefined)
  readonly previewBytes?: number
  readonly attributeNames?: Readonly<Record<string, string>>
}

/** An adapter as its users install it. */
export interface CaptureAdapter {
  /** For the titles of the tests, such as `Express 5`. */
  readonly name: string
  /** Serves an application with the capture in front of it; without options the capture is not installed at all. */
  serve(application: Application, options: ContractOptions | undefined): Promise<ListeningServer>
}

/** What the tests of one adapter share. */
export interface ContractSetting {
  readonly adapter: CaptureAdapter
  readonly tracing: TestTracing
  readonly store: ContractStore
}

/** Where captured bodies end up: a real client, and a destination in this process. */
export interface ContractStore {
  readonly client: ArtifactClient
  /** Everything stored so far, after waiting for what is on its way. */
  blobs(): Promise<ReadonlyMap<string, Uint8Array>>
}

/** A store of its own, empty. */
export function createStore(): ContractStore {
  const destination: MemoryDestination = memoryDestination()
  const client = new ArtifactClient({ destination })
  return {
    client,
    blobs: async () => {
      await client.forceFlush()
      return new Map([...destination.artifacts].map(([digest, { bytes }]) => [digest, bytes]))
    },
  }
}

/** The references that a capture set on a span. */
export interface CapturedExchange {
  readonly request: ArtifactReference | undefined
  readonly response: ArtifactReference | undefined
  readonly files: readonly ArtifactReference[]
}

/** Reads the references from a span's attributes. */
export function capturedExchange(attributes: Attributes): CapturedExchange {
  return {
    request: parseArtifactReference(attributes['span_artifacts.http.request.body']),
    response: parseArtifactReference(attributes['span_artifacts.http.response.body']),
    files: parseArtifactReferences(attributes['span_artifacts.http.request.files']),
  }
}
