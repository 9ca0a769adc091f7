import type { ByteSink } from './byte-sink.js'

/** What a multipart parser says about a file before its first byte. */
export interface UploadedFileHeader {
  readonly field: string
  readonly filename: string | undefined
  readonly contentType: string | undefined
  /** Asked when the file is over: whether the parser's own size limit cut it. */
  readonly isCut?: () => boolean
}

/** Sees the parts of a multipart body as a parser takes it apart. No method may throw. */
export interface MultipartSink {
  /** A parser takes the body apart: from here on it is captured part by part. Called at most once. */
  start(): void
  /** @returns takes the file's bytes; `undefined` where they are not wanted */
  file(header: UploadedFileHeader): ByteSink | undefined
  field(name: string, value: string): void
  /** The parser has left something out. */
  cut(): void
}
