import type { CaptureSpace } from './accumulator.js'
import type { ArtifactClient } from './client.js'
import { chooseContentType } from './choose-content-type.js'
import { diagnostics } from './diagnostics.js'
import { digestAtOnce, digestChunks, digestInSlices, MAX_SYNC_DIGEST_BYTES } from './digest.js'
import { ArtifactError } from './errors.js'
import { cleanFilename } from './filename.js'
import { artifactClient } from './global-client.js'
import { isAsyncData, openFileSource, openSource } from './open-source.js'
import { ARTIFACT_REFERENCE_KEY, type ArtifactReference, createReference } from './reference.js'
import { type ArtifactSource, immediateSource, MemorySource, unreadableSource } from './source.js'
import type { SubmissionReceipt } from './submission.js'

/** Marks instances across copies of this package, where `instanceof` fails. */
const artifactMarker: unique symbol = Symbol.for('span-artifacts.artifact')

export interface ArtifactOptions {
  /** A name for people and for the content type; not a path. Default: the name of a file or `File`, else none. */
  filename?: string
  /** Media type. Default: from the data, else the filename, else the first bytes. */
  contentType?: string
  /**
   * `background` (default) never blocks and never throws; what cannot be stored is dropped visibly. `sync` is for those
   * who await `uploaded`: never dropped for want of room, and bad input throws.
   */
  upload?: 'background' | 'sync'
  /** The client that stores it. Default: `artifactClient()`. */
  client?: ArtifactClient
  /** The form field of an uploaded file. */
  field?: string
  /** `gzip`, `br`, …, when the data is encoded: RFC 9110 section 8.4. */
  contentEncoding?: string
  /** True when the data was cut before it got here. */
  truncated?: boolean
}

/**
 * Binary content that belongs to a span. Its one enumerable property, `'logfire.artifact'`, is the reference that stands
 * for it, so structured loggers and `JSON.stringify` write the reference and nothing else.
 *
 * The data is not copied: do not write to a buffer or file that was recorded.
 */
export class Artifact {
  readonly #options: ArtifactOptions
  readonly #sizeBytes: number
  readonly #contentType: string
  readonly #filename: string | undefined
  /** Let go at submission: from then on the client holds the content, for as long as it needs it. */
  #source: ArtifactSource
  #sha256: string | undefined
  #hashing: Promise<string> | undefined
  #receipt: SubmissionReceipt | undefined

  static {
    Object.defineProperty(this.prototype, artifactMarker, { value: true })
  }

  /**
   * @param data bytes (any view or buffer), a string (its UTF-8 bytes), or any value that JSON can hold. Files, Blobs and
   *   streams have to be read first: `await Artifact.from(data)`.
   * @throws ArtifactError only with `upload: 'sync'`; otherwise data that cannot be read gives a dropped artifact
   */
  constructor(data: unknown, options: ArtifactOptions = {}) {
    const source = openNow(data, options)
    this.#options = options
    this.#source = source
    this.#sizeBytes = source.sizeBytes
    this.#filename = cleanFilename(options.filename ?? source.description.filename)
    this.#contentType = chooseContentType(source, this.#filename, options.contentType)
    this.#sha256 = source.sha256
    Object.defineProperty(this, ARTIFACT_REFERENCE_KEY, referenceProperty)
  }

  /**
   * Makes an artifact of anything: what the constructor takes, and also a `file:` URL, a Blob or File, a ReadableStream,
   * a Node Readable, a FileHandle, a Response, an async iterable, or a promise of any of these.
   *
   * Files and Blobs are read when they are hashed and again when they are uploaded; streams are read to their end now.
   *
   * @throws ArtifactError only with `upload: 'sync'`; otherwise data that cannot be read gives a dropped artifact
   */
  static from(data: unknown, options: ArtifactOptions = {}): Promise<Artifact> {
    return openLater(async (client) => {
      const settled = await data
      if (!isAsyncData(settled)) return immediateSource(settled)
      const space = options.upload === 'sync' ? unlimitedMemory : client.captureSpace
      return openSource(settled, { maxBytes: client.limits.maxArtifactBytes, space })
    }, options)
  }

  /**
   * Makes an artifact of a file. Its bytes are read when they are hashed and again when they are uploaded, never whole.
   *
   * @param path a path; relative ones are relative to the working directory
   * @throws ArtifactError only with `upload: 'sync'` (`file_not_found`, `not_a_file`, `file_unreadable`)
   */
  static fromFile(path: string, options: ArtifactOptions = {}): Promise<Artifact> {
    return openLater(() => openFileSource(path), options)
  }

  /** SHA-256 of the content, 64 hexadecimal digits; computed now if it is not known yet. */
  get sha256(): string {
    return this.#digest()
  }

  /** Size of the content, in bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Its media type. */
  get contentType(): string {
    return this.#contentType
  }

  /** Its name, if it has one. */
  get filename(): string | undefined {
    return this.#filename
  }

  /**
   * Resolves when the content is stored; rejects with an ArtifactUploadError that says why it is not. Reading this
   * submits the artifact. It need not be handled.
   */
  get uploaded(): Promise<void> {
    if (this.#receipt !== undefined) return this.#receipt.outcome
    const uploaded = Promise.resolve(this.referenceWhenReady()).then(() => this.#submit().outcome)
    uploaded.catch(() => undefined)
    return uploaded
  }

  /**
   * Resolves when the content outlives this process: it is in the spool, or stored. With the client's `spoolEverything`
   * that is as soon as it is written; otherwise mostly when it is stored. Rejects with an ArtifactUploadError when it is
   * lost before. Reading this submits the artifact. It need not be handled.
   */
  get persisted(): Promise<void> {
    if (this.#receipt !== undefined) return this.#receipt.persisted
    const persisted = Promise.resolve(this.referenceWhenReady()).then(() => this.#submit().persisted)
    persisted.catch(() => undefined)
    return persisted
  }

  /** The reference that stands for this artifact. Submits it, once, and hashes it now if its digest is not known yet. */
  reference(): ArtifactReference {
    const { url, dropped } = this.#submit()
    const { contentEncoding, field, truncated } = this.#options
    return createReference({
      sha256: this.#digest(),
      sizeBytes: this.#sizeBytes,
      contentType: this.#contentType,
      filename: this.#filename,
      url,
      contentEncoding,
      field,
      truncated,
      dropped,
    })
  }

  /** As `reference()`, but never blocks: a promise where more than 1 MiB has to be hashed first. */
  referenceWhenReady(): ArtifactReference | Promise<ArtifactReference> {
    if (this.#sha256 !== undefined || this.#sizeBytes <= MAX_SYNC_DIGEST_BYTES) return this.reference()
    this.#hashing ??= digestInSlices(this.#source.buffers ?? [], () => this.#sha256).then((sha256) =>
      this.#setDigest(sha256),
    )
    const ready = this.#hashing.then(() => this.reference())
    this.#client().track(ready)
    return ready
  }

  /** Whether `value` is an artifact; holds across several installed copies of this package. */
  static isInstance(value: unknown): value is Artifact {
    return typeof value === 'object' && value !== null && artifactMarker in value
  }

  #digest(): string {
    return this.#sha256 ?? this.#setDigest(digestAtOnce(this.#source.buffers ?? []))
  }

  /** The first one counts: the content may have been hashed twice, in slices and at once. */
  #setDigest(sha256: string): string {
    if (this.#sha256 === undefined) {
      this.#sha256 = sha256
      this.#source.rememberDigest(sha256)
    }
    return this.#sha256
  }

  #submit(): SubmissionReceipt {
    if (this.#receipt === undefined) {
      this.#receipt = this.#client().submit({
        source: this.#source,
        sha256: this.#digest(),
        contentType: this.#contentType,
        filename: this.#filename,
        upload: this.#options.upload ?? 'background',
      })
      this.#source = letGo
    }
    return this.#receipt
  }

  #client(): ArtifactClient {
    return this.#options.client ?? artifactClient()
  }
}

/**
 * One getter for all: V8 makes a hidden class of its own for every object whose accessor is another function, and hidden
 * classes keep what they know of alive through minor collections.
 */
const referenceProperty: PropertyDescriptor = {
  enumerable: true,
  get(this: Artifact): ArtifactReference {
    return this.reference()
  },
}

/** Stands for content that was handed to the client. */
const letGo = new MemorySource([])

/** For those who wait: a disk that is full must not cost them the artifact. */
const unlimitedMemory: CaptureSpace = {
  memory: { reserve: () => true, release: () => undefined },
  startFile: () => undefined,
}

function openNow(data: unknown, options: ArtifactOptions): ArtifactSource {
  try {
    if (!isAsyncData(data)) return immediateSource(data)
    throw new ArtifactError('async_source', 'files, Blobs and streams are read first: use await Artifact.from(data)')
  } catch (error) {
    return unreadable(error, options)
  }
}

function openLater(
  open: (client: ArtifactClient) => Promise<ArtifactSource>,
  options: ArtifactOptions,
): Promise<Artifact> {
  const client = options.client ?? artifactClient()
  const opening = (async () => {
    const source = await open(client)
      .then(hashed)
      .catch((error: unknown) => unreadable(error, options))
    return new Artifact(source, options)
  })()
  client.track(opening)
  return opening
}

async function hashed(source: ArtifactSource): Promise<ArtifactSource> {
  if (source.sha256 !== undefined) return source
  if (source.buffers !== undefined) return source.withDigest(await digestInSlices(source.buffers))
  const { sha256, sizeBytes } = await digestChunks(source.scan())
  if (sizeBytes === source.sizeBytes) return source.withDigest(sha256)
  throw new ArtifactError('source_failed', 'the data changed its size while it was read')
}

function unreadable(error: unknown, options: ArtifactOptions): ArtifactSource {
  const known = ArtifactError.isInstance(error)
    ? error
    : new ArtifactError('source_failed', 'the data could not be read', { cause: error })
  if (options.upload === 'sync') throw known
  diagnostics.warn('unreadable_data', known.message)
  return unreadableSource(known)
}
