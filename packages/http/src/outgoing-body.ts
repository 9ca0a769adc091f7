import type { BodyRecorder } from './body-recorder.js'
import { dispositionFilename } from './content-disposition.js'
import { normalizeContentEncoding } from './content-encoding.js'
import { parseContentType, UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { reportFailure } from './diagnostics.js'
import type { SettingsHolder } from './options.js'
import { recordBody, responseBodyNames, type AttributeTarget } from './record-body.js'

/** The headers of a response that say what its body is. */
export interface OutgoingHeaders {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly contentDisposition: string | undefined
}

/** The body of a response. */
export class OutgoingBody {
  readonly #exchange: SettingsHolder
  #contentType: string | undefined
  #contentEncoding: string | undefined
  #contentDisposition: string | undefined
  #body: BodyRecorder | undefined
  #wanted = false
  #sawEnd = false
  #isSpoiled = false
  #over = false

  constructor(exchange: SettingsHolder) {
    this.#exchange = exchange
  }

  /** What the headers are before the first byte. Called again after {@link restart}. */
  start({ contentType, contentEncoding, contentDisposition }: OutgoingHeaders): void {
    this.#contentType = contentType && parseContentType(contentType).header
    this.#contentEncoding = normalizeContentEncoding(contentEncoding)
    this.#contentDisposition = contentDisposition
    this.#wanted = this.#exchange.settings.isCapturedType(contentType ?? UNKNOWN_CONTENT_TYPE)
  }

  /**
   * @param bytes copied where they are kept
   * @param isOwn whether nobody else has them, so that they need no copy. Default: false
   */
  write(bytes: Uint8Array, isOwn = false): void {
    if (this.#over || !this.#wanted) return
    try {
      this.#body ??= createBodyRecorder(
        { contentType: this.#contentType, contentEncoding: this.#contentEncoding, firstBytes: bytes },
        this.#exchange.settings,
      )
      this.#body.write(bytes, isOwn)
    } catch (error) {
      reportFailure('response body', error)
      this.discard()
    }
  }

  /** The whole body has been seen. */
  end(): void {
    this.#sawEnd = true
  }

  /** Nothing that was written so far was sent: the body begins anew. */
  restart(): void {
    if (this.#over) return
    this.#body?.discard()
    this.#body = undefined
    this.#wanted = false
    this.#sawEnd = false
  }

  /** The end that was seen was none. */
  reopen(): void {
    this.#sawEnd = false
  }

  /** What was seen is not all that was sent, or more than that. */
  spoil(): void {
    this.#isSpoiled = true
  }

  /** As `ArtifactWriter.drained`: for those who can make their source wait. */
  drained(): Promise<void> | undefined {
    return this.#over ? undefined : this.#body?.drained()
  }

  /**
   * Sets what was captured on the span.
   *
   * @param cut whether the connection went away before everything that was seen had left
   */
  record(target: AttributeTarget, cut: boolean): void {
    if (this.#over) return
    this.#over = true
    // What goes wrong with one body of an exchange must not lose the other one.
    try {
      this.#record(target, cut)
    } catch (error) {
      reportFailure('recording of the response body', error)
      this.discard()
    }
  }

  /** Forgets everything. */
  discard(): void {
    this.#over = true
    this.#body?.discard()
    this.#body = undefined
  }

  #record(target: AttributeTarget, cut: boolean): void {
    const { response, attributeNames } = this.#exchange.settings
    if (!response) this.#body?.discard()
    else if (this.#body !== undefined) {
      const recorded = this.#body.finish({
        contentType: this.#contentType,
        contentEncoding: this.#contentEncoding,
        truncated: cut || !this.#sawEnd || this.#isSpoiled,
        filename: this.#contentDisposition && dispositionFilename(this.#contentDisposition),
      })
      recordBody(target, recorded, responseBodyNames(attributeNames))
    }
  }
}
