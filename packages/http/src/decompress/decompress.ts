/** Bounds of one decoding: a few kilobytes may hide gigabytes. */
export interface DecodeLimits {
  /** Decoding gives up beyond this many bytes. */
  readonly maxBytes: number
  /** Accept input that stops in the middle and return what can be decoded of it. Default `false`. */
  readonly partial?: boolean
}

/**
 * Undoes one content coding. Which ones are known depends on the runtime: `#decompress` resolves to the right file when
 * the package loads.
 *
 * @param coding lower case, such as `gzip`
 * @returns the decoded bytes, or `undefined` where that is impossible: unknown coding, damaged input, too large,
 * or more input than belongs to it
 */
export type Decompress = (bytes: Uint8Array, coding: string, limits: DecodeLimits) => Uint8Array | undefined
