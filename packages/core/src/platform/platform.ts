import type { SpoolDirectory, SpoolDirectoryOptions } from '../spool/spool-directory.js'

/** An incremental SHA-256. */
export interface Sha256 {
  update(bytes: Uint8Array): void
  /** Ends the computation. @returns 64 lower-case hexadecimal digits */
  digestHex(): string
}

/** What a runtime with files offers for the spool. */
export interface SpoolPlatform {
  /** Where a spool is when nobody says: under the temporary directory, by user and by what `key` tells apart. */
  defaultPath(key: string): string
  /** Whether there is anything at a path. Never rejects. */
  exists(path: string): Promise<boolean>
  /** @throws Error when the directory cannot be used */
  open(options: SpoolDirectoryOptions): Promise<SpoolDirectory>
}

/** How many leading bytes of a literal a {@link LiteralSearch} looks for. */
export const SEARCHED_BYTES = 4
/** How many characters before a place that was found, and from it on, a {@link LiteralSearch} shows. */
export const CHARACTERS_BEFORE = 6
export const CHARACTERS_AFTER = 16

/**
 * Whether one of some literals stands in some content, in any case.
 *
 * @param chunks the content, in order
 * @param accept is shown each place where a literal may stand, one character per byte: {@link CHARACTERS_BEFORE} characters
 *   before it (zeros at the beginning of the content), and from it on {@link CHARACTERS_AFTER}, fewer at the end of the
 *   content. What it is shown need not be a literal; no literal is left out
 * @returns whether `accept` accepted a place
 */
export type LiteralSearch = (chunks: readonly Uint8Array[], accept: (text: string) => boolean) => boolean

/** A file that can be read. */
export interface OpenedFile {
  readonly blob: Blob
  readonly filename: string
  /** Reads it into one small buffer again and again: a chunk is good until the next one is asked for. */
  readonly scan: () => AsyncIterable<Uint8Array>
}

/** What differs between Node and every other runtime. `#platform` resolves to the right one when the package loads. */
export interface Platform {
  createSha256(): Sha256
  /** The SHA-256 of bytes that are all at hand, 64 lower-case hexadecimal digits. */
  sha256Hex(bytes: Uint8Array): string
  /**
   * Prepares a search for literals.
   *
   * @param groups at most 8, each of literals in lower case, with one character per byte
   * @returns undefined where the runtime has no fast one
   */
  createLiteralSearch(groups: readonly (readonly string[])[]): LiteralSearch | undefined
  /** How many bytes may be hashed before the event loop gets its turn, in bytes: about a millisecond's worth. */
  readonly digestSliceBytes: number
  /** Lets timers, I/O and other work of the process run. */
  yieldToEventLoop(): Promise<void>
  /** Runs `task` soon, but not on the stack of the caller, and not before its promises have settled. */
  defer(task: () => void): void
  /**
   * Opens a file without reading it. Reading fails later if the file has changed since.
   *
   * @throws ArtifactError `file_not_found`, `not_a_file`, `file_unreadable` or `unsupported_platform`
   */
  openFile(location: string | URL): Promise<OpenedFile>
  /** An environment variable, or undefined where the runtime has none. */
  environmentVariable(name: string): string | undefined
  /** The IP addresses of a host name, or an empty array where the runtime cannot tell or the name is unknown. */
  resolveAddresses(hostname: string): Promise<string[]>
  /** Whether a request body that is a stream can be sent with a Content-Length, so that it need not be held whole. */
  readonly streamsRequestBodies: boolean
  /** The disk; undefined where the runtime has none, so that artifacts wait in memory only. */
  readonly spool: SpoolPlatform | undefined
}
