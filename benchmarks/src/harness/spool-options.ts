import type { ArtifactClientOptions } from '@span-artifacts/core'

/** The options of the spool that the scenarios set. */
interface SpoolOptions {
  /** where artifacts wait that memory has no room for */
  spoolDirectory?: string
  /** most that the spool may hold, in bytes */
  maxSpoolBytes?: number
  /** writes every artifact to the spool before it is acknowledged */
  spoolEverything?: boolean
  /** `crash` survives `kill -9`, `power` a power cut */
  durability?: 'crash' | 'power'
}

/** What a scenario sets on a client in a worker. */
export type ClientOptions = Omit<ArtifactClientOptions, 'destination'> & SpoolOptions
