import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, errorAnswer, jsonAnswer, type ReceivedBody, storageErrorAnswer } from './answer.js'
import type { ArtifactStore } from './artifact-store.js'
import type { BrokerStubOptions, StoredArtifact } from './broker-stub.js'
import type { StubReply } from './stub-reply.js'

const SHA256_HEX = /^[0-9a-f]{64}$/
const MAX_REGISTER_BYTES = 16_384
const MAX_FILENAME_BYTES = 255
const UNSAFE_TEXT = /[\r\n\0]/

/** The members of a registration's `upload`, before a script changed them. */
type UploadOverride = Partial<Extract<StubReply, { kind: 'uploadTarget' }>>

/** The three steps as the protocol describes them, on an `ArtifactStore`. Pure of HTTP: heads and bodies in, answers out. */
export class Handshake {
  readonly #store: ArtifactStore
  readonly #uploads: 'own' | 'objectStore'
  readonly #token: string | undefined
  readonly #origins: { broker: string; storage: string }
  /** signature -> the digest that it is for; emptied when the signed URLs expire */
  readonly #signatures = new Map<string, string>()

  constructor(store: ArtifactStore, origins: { broker: string; storage: string }, options: BrokerStubOptions) {
    this.#store = store
    this.#origins = origins
    this.#uploads = options.uploads ?? 'own'
    this.#token = options.token
  }

  expireUploads(): void {
    this.#signatures.clear()
  }

  /** The refusal of a request without the right token; undefined when it may go on. */
  unauthorized(headers: IncomingHttpHeaders): Answer | undefined {
    if (this.#token === undefined || headers.authorization === `Bearer ${this.#token}`) return undefined
    return errorAnswer(401, 'unauthorized', 'a valid token is required')
  }

  register(headers: IncomingHttpHeaders, body: ReceivedBody, override: UploadOverride = {}): Answer {
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
      return errorAnswer(415, 'unsupported_media_type', 'content-type must be application/json')
    }
    if (body.sizeBytes > MAX_REGISTER_BYTES) return errorAnswer(413, 'too_large', 'the registration is over 16 KiB')
    const artifact = parseRegistration(body.bytes?.toString('utf8') ?? '')
    if ('status' in artifact) return artifact

    const { sha256 } = artifact
    const known = this.#store.register(artifact)
    if (!known.sizeMatches) return errorAnswer(422, 'size_mismatch', 'size_bytes differs from the known artifact')
    if (known.ready) return jsonAnswer(201, { sha256, status: 'exists', upload: null })
    const target = this.#uploadTarget(artifact)
    const upload = {
      method: override.method ?? 'PUT',
      url: override.url ?? target.url,
      requires_auth: override.requiresAuth ?? target.requiresAuth,
      headers: override.headers ?? target.headers,
    }
    return jsonAnswer(201, { sha256, status: 'upload', upload })
  }

  /** What is wrong with an upload's head; undefined when its body may be read. */
  refuseUpload(
    origin: 'broker' | 'storage',
    sha256: string,
    path: string,
    headers: IncomingHttpHeaders,
  ): Answer | undefined {
    const refuse = (status: number, code: string): Answer =>
      origin === 'broker' ? errorAnswer(status, code, code.replaceAll('_', ' ')) : storageErrorAnswer(status, code)
    if (origin === 'broker') {
      const unauthorized = this.unauthorized(headers)
      if (unauthorized) return unauthorized
    } else {
      // S3 refuses a request that is signed twice, so a token that leaks there shows up as an error too.
      if (headers.authorization !== undefined) return refuse(400, 'InvalidArgument')
      const signature = new URL(path, this.#origins.storage).searchParams.get('signature') ?? ''
      if (this.#signatures.get(signature) !== sha256) return refuse(403, 'AccessDenied')
      if (headers['x-amz-checksum-sha256'] !== base64Digest(sha256)) return refuse(403, 'SignatureDoesNotMatch')
    }
    const registration = this.#store.find(sha256)
    if (!registration) return refuse(404, 'not_found')
    if (headers['content-encoding'] !== undefined) return refuse(415, 'content_encoding')
    if (headers['content-range'] !== undefined) return refuse(400, 'content_range')
    if (headers['content-length'] === undefined) return refuse(411, 'length_required')
    if (Number(headers['content-length']) !== registration.sizeBytes) return refuse(400, 'length_mismatch')
    return undefined
  }

  upload(origin: 'broker' | 'storage', sha256: string, body: ReceivedBody): Answer {
    if (body.sha256 !== sha256) {
      return origin === 'broker'
        ? errorAnswer(422, 'digest_mismatch', 'the sha256 of the body differs')
        : storageErrorAnswer(400, 'BadDigest')
    }
    this.#store.keepUpload(sha256, body.bytes)
    return { status: origin === 'broker' ? 204 : 200 }
  }

  finalize(sha256: string): Answer {
    const registration = this.#store.find(sha256)
    if (!registration) return errorAnswer(404, 'not_found', 'no such registration')
    if (!registration.uploaded) return errorAnswer(409, 'not_uploaded', 'the bytes have not arrived')
    this.#store.makeReady(sha256)
    return jsonAnswer(200, { sha256, status: 'ready' })
  }

  #uploadTarget({ sha256, contentType }: StoredArtifact): {
    url: string
    requiresAuth: boolean
    headers: Record<string, string> | undefined
  } {
    if (this.#uploads === 'own') {
      return { url: `${this.#origins.broker}/v1/artifacts/${sha256}/blob`, requiresAuth: true, headers: undefined }
    }
    const signature = randomBytes(16).toString('hex')
    this.#signatures.set(signature, sha256)
    return {
      url: `${this.#origins.storage}/bucket/${sha256}?signature=${signature}`,
      requiresAuth: false,
      headers: { 'content-type': contentType, 'x-amz-checksum-sha256': base64Digest(sha256) },
    }
  }
}

function base64Digest(sha256: string): string {
  return Buffer.from(sha256, 'hex').toString('base64')
}

function bad(field: string): Answer {
  return errorAnswer(400, 'invalid_request', `${field} is not valid`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function parseRegistration(text: string): StoredArtifact | Answer {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return bad('the JSON')
  }
  if (!isRecord(value)) return bad('the JSON')
  const { sha256, size_bytes: sizeBytes, content_type: contentType, filename } = value
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) return bad('sha256')
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return bad('size_bytes')
  if (typeof contentType !== 'string' || UNSAFE_TEXT.test(contentType)) return bad('content_type')
  if (filename === null || filename === undefined) return { sha256, sizeBytes, contentType, filename: null }
  if (typeof filename !== 'string' || UNSAFE_TEXT.test(filename) || Buffer.byteLength(filename) > MAX_FILENAME_BYTES) {
    return bad('filename')
  }
  return { sha256, sizeBytes, contentType, filename }
}
