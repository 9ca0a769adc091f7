/** What a file of the spool says about its content. Never an endpoint, a token or a signed URL. */
export interface SpoolHeader {
  /** SHA-256 of the content, 64 lower-case hexadecimal digits. */
  readonly sha256: string
  /** Size of the content, in bytes. */
  readonly sizeBytes: number
  readonly contentType: string
  readonly filename: string | undefined
  /** When the artifact was submitted, in milliseconds since the epoch. */
  readonly createdAtMs: number
  /**
   * Until when its process wanted it to be kept, in milliseconds since the epoch; for those that find it in a spool which is
   * not theirs.
   */
  readonly keepUntilMs?: number | undefined
  /** Attempts to upload it that had failed when the file was written. */
  readonly attempts: number
}

/** An artifact in the spool: complete, under its final name. */
export interface SpoolFile {
  readonly header: SpoolHeader
  /** What it takes of the spool's limit, in bytes. */
  readonly fileBytes: number
  /** Reads the content from its beginning; each call starts anew. */
  chunks(): AsyncIterable<Uint8Array>
  /** Deletes the file; one that is gone already is fine. */
  remove(): Promise<void>
  /** Moves the file out of the way, for a person to look at. */
  quarantine(): Promise<void>
}

/** A file of the spool that is being written, under a temporary name. */
export interface SpoolFileWriter {
  /** Appends to the content. Calls must not overlap; the buffers must stay as they are until the write is over. */
  write(buffers: readonly Uint8Array[]): Promise<void>
  /** Completes the file and gives it its final name: from here on it survives the process. */
  commit(header: SpoolHeader): Promise<SpoolFile>
  /** Deletes what was written. Never throws. */
  abort(): Promise<void>
}

/** Bytes and files. */
export interface SpoolUsage {
  readonly bytes: number
  readonly files: number
}

/** What the runtime reports while it takes over the files of dead processes. */
export interface AdoptionObserver {
  /** A file that is now this process's. */
  adopted(file: SpoolFile): void
  /** A file that was not what it should be; it is in quarantine. */
  damaged(): void
}

/** This process's part of a spool on disk. */
export interface SpoolDirectory {
  /** How much may still be written before the volume is 95 % full, in bytes, as measured last. */
  readonly roomBytes: number
  /** What other living processes, and the quarantine, hold in the same spool, as far as known. */
  readonly others: SpoolUsage
  /** Measures `roomBytes` again. */
  measure(): Promise<void>
  createFile(): Promise<SpoolFileWriter>
  /** Takes over the files of processes that are dead; reads their headers only, one file at a time. */
  adoptOrphans(observer: AdoptionObserver): Promise<void>
  /**
   * Deletes what is too old in the spools of other endpoints, which nobody may ever open again.
   *
   * @param isWanted asked again and again: whether to go on
   * @returns how many artifacts were deleted
   */
  deleteExpiredElsewhere(isWanted: () => boolean): Promise<number>
  /** Says that this process is alive, and what it holds. @returns false when its directory is gone */
  beat(usage: SpoolUsage): Promise<boolean>
  /** Leaves the files to the next process that looks. Never throws. */
  close(): Promise<void>
}

export interface SpoolDirectoryOptions {
  /** Where the spool is. Created, readable by this user only, when it does not exist. */
  readonly path: string
  /** Whether the directory itself is of no use when it is empty: it is deleted then. */
  readonly isTemporary: boolean
  /** `crash` survives the death of the process, `power` also that of the machine: it syncs each file and its directory. */
  readonly durability: 'crash' | 'power'
  /** Files in quarantine that are older are deleted, in milliseconds. */
  readonly maxAgeMs: number
}
