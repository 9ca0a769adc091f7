import type { Span } from '@opentelemetry/api'
import { reportProblem, serializeArtifactReferences } from '@span-artifacts/core'
import type { BodyRecorder, RecordedBody } from './body-recorder.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { normalizeContentEncoding } from './content-encoding.js'
import { parseContentType, UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { shield } from './diagnostics.js'
import { FileCapture } from './file-capture.js'
import { FormFields } from './form-fields.js'
import { tapMultipart, type MultipartSink, type UploadedFileHeader } from './multipart-tap.js'
import type { HttpCaptureSettings } from './options.js'
import { tapReadable } from './readable-tap.js'
import { recordBody } from './record-body.js'
import type { CapturedRequest } from './http-messages.js'

/** Captures what comes with a request: its body, or, when the application takes a form apart, its files and fields. */
export class RequestCapture {
  readonly #request: CapturedRequest
  readonly #settings: () => HttpCaptureSettings
  readonly #contentType: string
  readonly #contentEncoding: string | undefined
  #body: BodyRecorder | undefined
  #fields: FormFields | undefined
  readonly #files: FileCapture[] = []
  #seenBytes = 0
  #sawEnd = false
  #isForm = false
  #over = false

  constructor(request: CapturedRequest, settings: () => HttpCaptureSettings) {
    this.#request = request
    this.#settings = settings
    this.#contentType = request.headers['content-type'] ?? UNKNOWN_CONTENT_TYPE
    this.#contentEncoding = normalizeContentEncoding(request.headers['content-encoding'])
  }

  /** Starts watching. Does not touch a request that has no body, or none that is wanted. */
  tap(): void {
    const request = this.#request
    const settings = this.#settings()
    if (!hasBody(request)) return
    const isForm = parseContentType(this.#contentType).format === 'multipart'
    const wantsBody = settings.request && settings.isCapturedType(this.#contentType)
    const wantsFiles = settings.files && isForm
    if (!wantsBody && !wantsFiles) return
    if (request.readableDidRead) {
      return reportProblem(
        'request_already_read',
        'a request body was read before the capture began, so it is missing: install the capture before body parsers',
      )
    }
    if (wantsFiles) tapMultipart(request, this.form)
    tapReadable(request, {
      write: (bytes) => this.#write(bytes, wantsBody),
      end: () => {
        this.#sawEnd = true
      },
    })
  }

  /** Takes the parts of a form from whatever parses it. */
  readonly form: MultipartSink = {
    // From here on the parts are captured: the raw body would hold the same bytes again.
    start: () => this.#guard('multipart', () => this.#startForm()),
    file: (header) => {
      let file: FileCapture | undefined
      this.#guard('multipart file', () => {
        file = this.#addFile(header)
      })
      return file
    },
    field: (name, value) => this.#guard('multipart field', () => this.#fields?.add(name, value)),
  }

  /** Sets what was captured on the span. */
  record(span: Span): void {
    if (this.#over) return
    this.#over = true
    const settings = this.#settings()
    const { attributeNames } = settings
    const captured = settings.request ? this.#finishBody(settings) : undefined
    if (captured !== undefined) {
      recordBody(span, captured, {
        body: attributeNames.requestBody,
        contentReference: attributeNames.requestContentReference,
        content: attributeNames.requestContent,
      })
    } else this.#body?.discard()
    const files = settings.files ? this.#files.flatMap((file) => file.finish() ?? []) : []
    if (files.length > 0) span.setAttribute(attributeNames.requestFiles, serializeArtifactReferences(files))
    for (const file of this.#files) file.discard()
  }

  /** Forgets everything. */
  discard(): void {
    this.#over = true
    this.#discardBody()
    this.#fields = undefined
    for (const file of this.#files) file.discard()
  }

  #write(bytes: Uint8Array, wanted: boolean): void {
    this.#seenBytes += bytes.length
    if (!wanted || this.#isForm) return
    this.#guard('request body', () => {
      this.#body ??= createBodyRecorder(
        {
          contentType: this.#contentType,
          contentEncoding: this.#contentEncoding,
          firstBytes: bytes,
        },
        this.#settings(),
      )
      this.#body.write(bytes)
    })
  }

  #guard(activity: string, action: () => void): void {
    if (!this.#over) shield(activity, action, () => this.discard())
  }

  #startForm(): void {
    this.#discardBody()
    const settings = this.#settings()
    if (settings.request) this.#fields = new FormFields(settings.maxBodyBytes)
    this.#isForm = true
  }

  #addFile(header: UploadedFileHeader): FileCapture {
    const { client, maxFileBytes: maxBytes } = this.#settings()
    const file = new FileCapture(header, { client, maxBytes })
    this.#files.push(file)
    return file
  }

  #discardBody(): void {
    this.#body?.discard()
    this.#body = undefined
  }

  #finishBody(settings: HttpCaptureSettings): RecordedBody | undefined {
    const { client, maxBodyBytes: maxBytes, previewBytes, redactor } = settings
    if (this.#fields !== undefined) {
      const body = this.#fields.toBody({ client, maxBytes, previewBytes }, redactor)
      const truncated = this.#fields.truncated || this.#isTruncated()
      return body?.finish({ contentType: 'application/json', contentEncoding: undefined, truncated })
    }
    if (this.#body === undefined) return undefined
    return this.#body.finish({
      contentType: this.#request.headers['content-type'],
      contentEncoding: this.#contentEncoding,
      truncated: this.#isTruncated(),
      limits: { maxBytes, previewBytes },
    })
  }

  /**
   * A request that nobody reads ends like any other, with only its first bytes delivered: Node "dumps" the rest. And of
   * an aborted one the end never comes.
   */
  #isTruncated(): boolean {
    const dumped = Reflect.get(this.#request, '_dumped') === true
    if (this.#sawEnd && !dumped) return false
    return this.#seenBytes !== Number(this.#request.headers['content-length'] ?? Number.NaN)
  }
}

/** HTTP/1: a request has a body if it says so in a header (RFC 9112 §6.3). HTTP/2 says it in the first frame's flags. */
function hasBody(request: CapturedRequest): boolean {
  const { headers, httpVersionMajor } = request
  if (headers['transfer-encoding'] !== undefined) return true
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0'
  if (httpVersionMajor < 2) return false
  const stream: unknown = Reflect.get(request, 'stream')
  return Reflect.get(Object(stream), 'endAfterHeaders') !== true
}
