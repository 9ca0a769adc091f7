import { reportProblem, serializeArtifactReferences } from '@span-artifacts/core'
import type { BodyRecorder, RecordedBody } from './body-recorder.js'
import { normalizeContentEncoding } from './content-encoding.js'
import { parseContentType, UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { reportFailure, shield } from './diagnostics.js'
import { MAX_FILES, printableFieldName } from './file-bounds.js'
import { FileCapture } from './file-capture.js'
import { FormFields } from './form-fields.js'
import type { MultipartSink, UploadedFileHeader } from './multipart-sink.js'
import type { BodySettings, SettingsHolder } from './options.js'
import { recordBody, requestBodyNames, type AttributeTarget } from './record-body.js'

/** The headers that say what a body is. */
export interface BodyHeaders {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
}

/** What is wanted of a request. */
export interface IncomingPlan {
  /** Whether a form is to be taken apart. */
  readonly files: boolean
  /** How much of a field of that form is kept, in bytes. */
  readonly maxFieldBytes: number
}

/** What comes with a request: its body, or, when somebody takes a form apart, its files and fields. */
export class IncomingBody {
  readonly #exchange: SettingsHolder
  readonly #contentType: string | undefined
  readonly #contentEncoding: string | undefined
  #body: BodyRecorder | undefined
  #fields: FormFields | undefined
  #form: MultipartSink | undefined
  #files: FileCapture[] | undefined
  #wantsBody = false
  #seenBytes = 0
  #sawEnd = false
  #isForm = false
  #over = false

  constructor({ contentType, contentEncoding }: BodyHeaders, exchange: SettingsHolder) {
    this.#contentType = contentType && parseContentType(contentType).header
    this.#contentEncoding = normalizeContentEncoding(contentEncoding)
    this.#exchange = exchange
  }

  /** How many bytes have passed. */
  get seenBytes(): number {
    return this.#seenBytes
  }

  /** Whether the sender has ended the body. */
  get sawEnd(): boolean {
    return this.#sawEnd
  }

  /** Decides what to do with a body that is about to be read. @returns what is wanted; `undefined` where nothing is */
  plan(): IncomingPlan | undefined {
    const contentType = this.#contentType ?? UNKNOWN_CONTENT_TYPE
    const { settings } = this.#exchange
    this.#wantsBody = settings.request && settings.isCapturedType(contentType)
    const files = settings.files && parseContentType(contentType).format === 'multipart'
    return this.#wantsBody || files ? { files, maxFieldBytes: settings.maxBodyBytes } : undefined
  }

  /** Takes the parts of a form from whatever parses it. */
  get form(): MultipartSink {
    this.#form ??= this.#createForm()
    return this.#form
  }

  #createForm(): MultipartSink {
    return {
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
      cut: () => this.#fields?.cut(),
    }
  }

  /** @param bytes copied where they are kept */
  write(bytes: Uint8Array): void {
    this.#seenBytes += bytes.length
    if (!this.#wantsBody || this.#isForm || this.#over) return
    try {
      this.#body ??= createBodyRecorder(
        { contentType: this.#contentType, contentEncoding: this.#contentEncoding, firstBytes: bytes },
        this.#exchange.settings,
      )
      this.#body.write(bytes)
    } catch (error) {
      reportFailure('request body', error)
      this.discard()
    }
  }

  /** Whoever sends it says that the body is over. */
  end(): void {
    this.#sawEnd = true
  }

  /** As `ArtifactWriter.drained`: for those who can make their source wait. */
  drained(): Promise<void> | undefined {
    if (this.#over) return undefined
    return this.#isForm ? this.#files?.at(-1)?.drained() : this.#body?.drained()
  }

  /**
   * Sets what was captured on the span.
   *
   * @param cut whether bytes are missing at the end
   */
  record(target: AttributeTarget, cut: boolean): void {
    if (this.#over) return
    this.#over = true
    // What goes wrong with one of them must not lose the others.
    try {
      this.#recordBody(target, cut)
    } catch (error) {
      reportFailure('recording of the request body', error)
      this.#discardBody()
    }
    this.#fields?.discard()
    if (this.#files === undefined) return
    try {
      this.#recordFiles(target, this.#files)
    } catch (error) {
      reportFailure('recording of files', error)
    }
    for (const file of this.#files) file.discard()
  }

  /** Forgets everything. */
  discard(): void {
    this.#over = true
    this.#discardBody()
    this.#fields?.discard()
    for (const file of this.#files ?? []) file.discard()
  }

  #guard(activity: string, action: () => void): void {
    if (!this.#over) shield(activity, action, () => this.discard())
  }

  #startForm(): void {
    this.#discardBody()
    const { settings } = this.#exchange
    if (settings.request) this.#fields = new FormFields(settings)
    this.#isForm = true
  }

  #addFile(header: UploadedFileHeader): FileCapture | undefined {
    this.#files ??= []
    if (this.#files.length >= MAX_FILES) {
      reportProblem('too_many_files', `a request has more than ${MAX_FILES} files: the others are not captured`)
      return undefined
    }
    const { client, maxFileBytes: maxBytes } = this.#exchange.settings
    const file = new FileCapture({ ...header, field: printableFieldName(header.field) }, { client, maxBytes })
    this.#files.push(file)
    return file
  }

  #recordBody(target: AttributeTarget, cut: boolean): void {
    const { settings } = this.#exchange
    const captured = settings.request ? this.#finishBody(settings, cut) : undefined
    if (captured === undefined) this.#discardBody()
    else recordBody(target, captured, requestBodyNames(settings.attributeNames))
  }

  #recordFiles(target: AttributeTarget, files: readonly FileCapture[]): void {
    const { settings } = this.#exchange
    if (!settings.files) return
    const references = files.flatMap((file) => file.finish() ?? [])
    if (references.length === 0) return
    target.setAttribute(settings.attributeNames.requestFiles, serializeArtifactReferences(references))
  }

  #discardBody(): void {
    this.#body?.discard()
    this.#body = undefined
  }

  #finishBody(settings: BodySettings, cut: boolean): RecordedBody | undefined {
    if (this.#fields !== undefined) {
      const truncated = this.#fields.truncated || cut
      const body = this.#fields.toBody(settings)
      return body?.finish({ contentType: 'application/json', contentEncoding: undefined, truncated })
    }
    return this.#body?.finish({
      contentType: this.#contentType,
      contentEncoding: this.#contentEncoding,
      truncated: cut,
      limits: settings,
    })
  }
}
