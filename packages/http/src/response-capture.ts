import type { Span } from '@opentelemetry/api'
import type { BodyRecorder } from './body-recorder.js'
import { dispositionFilename } from './content-disposition.js'
import { normalizeContentEncoding } from './content-encoding.js'
import { UNKNOWN_CONTENT_TYPE } from './content-types.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { shield } from './diagnostics.js'
import type { HttpCaptureSettings } from './options.js'
import { recordBody } from './record-body.js'
import { tapResponse } from './response-tap.js'
import type { CapturedResponse } from './http-messages.js'

/** Captures the body of a response. */
export class ResponseCapture {
  readonly #response: CapturedResponse
  readonly #settings: () => HttpCaptureSettings
  #body: BodyRecorder | undefined
  #contentType: string | undefined
  #contentEncoding: string | undefined
  #wanted = false
  #ended = false
  #over = false

  constructor(response: CapturedResponse, settings: () => HttpCaptureSettings) {
    this.#response = response
    this.#settings = settings
  }

  /** @param onEnd called inside of `response.end()`, before the original; must not throw */
  tap(onEnd: () => void): void {
    if (!this.#settings().response) return
    tapResponse(this.#response, {
      start: () => shield('response headers', () => this.#start()),
      write: (bytes) => this.#write(bytes),
      end: () => {
        this.#ended = true
        onEnd()
      },
    })
  }

  /**
   * Sets what was captured on the span.
   *
   * @param cut whether the connection went away before everything that was written had left
   */
  record(span: Span, cut: boolean): void {
    if (this.#over) return
    this.#over = true
    const { response, attributeNames } = this.#settings()
    if (!response) this.#body?.discard()
    else if (this.#body !== undefined) {
      const recorded = this.#body.finish({
        contentType: this.#contentType,
        contentEncoding: this.#contentEncoding,
        truncated: cut || !this.#ended,
        filename: dispositionFilename(sentHeader(this.#response, 'content-disposition') ?? ''),
      })
      recordBody(span, recorded, {
        body: attributeNames.responseBody,
        contentReference: attributeNames.responseContentReference,
        content: attributeNames.responseContent,
      })
    }
  }

  /** Forgets everything. */
  discard(): void {
    this.#over = true
    this.#body?.discard()
    this.#body = undefined
  }

  /** A compression installed around us changes the headers later: what counts is what they are before the first byte. */
  #start(): void {
    this.#contentType = sentHeader(this.#response, 'content-type')
    this.#contentEncoding = normalizeContentEncoding(sentHeader(this.#response, 'content-encoding'))
    this.#wanted = this.#settings().isCapturedType(this.#contentType ?? UNKNOWN_CONTENT_TYPE)
  }

  #write(bytes: Uint8Array): void {
    if (this.#over || !this.#wanted) return
    shield(
      'response body',
      () => {
        this.#body ??= createBodyRecorder(
          {
            contentType: this.#contentType ?? UNKNOWN_CONTENT_TYPE,
            contentEncoding: this.#contentEncoding,
            firstBytes: bytes,
          },
          this.#settings(),
        )
        this.#body.write(bytes)
      },
      () => this.discard(),
    )
  }
}

/** Headers given to `writeHead` alone are found nowhere but in the head that Node composed of them. */
function sentHeader(response: CapturedResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  if (value !== undefined) return String(value)
  const head: unknown = Reflect.get(response, '_header')
  return typeof head === 'string' ? new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] : undefined
}
