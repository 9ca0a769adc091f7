import type { ArtifactClientOptions } from '@span-artifacts/core'

/** What a scenario sets on a client in a worker: anything that can be sent to another process. */
export type ClientOptions = Omit<ArtifactClientOptions, 'destination'>
