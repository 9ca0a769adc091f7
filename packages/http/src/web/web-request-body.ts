import type { ArtifactClient } from '@span-artifacts/core'
import { UNKNOWN_CONTENT_TYPE } from '../content-types.js'
import { shield } from '../diagnostics.js'
import { IncomingBody } from '../incoming-body.js'
import type { SettingsHolder } from '../options.js'
import type { AttributeTarget } from '../record-body.js'
import { createMultipartParser, type MultipartParser } from './multipart-parser.js'
import { withPatience } from './with-patience.js'
import { tapReadableStream } from './stream-tap.js'

/** Captures the body of a web `Request`. */
export class WebRequestBody {
  readonly #request: Request
  readonly #client: ArtifactClient | undefined
  readonly #body: IncomingBody
  #parser: MultipartParser | undefined

  constructor(request: Request, exchange: SettingsHolder) {
    const { headers } = request
    const contentType = headers.get('content-type') ?? undefined
    const contentEncoding = headers.get('content-encoding') ?? undefined
    this.#request = request
    this.#client = exchange.settings.client
    this.#body = new IncomingBody({ contentType, contentEncoding }, exchange)
  }

  /** Starts watching. Does not touch a request that has no body, or none that is wanted. */
  tap(): void {
    const { body, bodyUsed, headers } = this.#request
    if (body === null || bodyUsed) return
    const wanted = this.#body.plan()
    if (wanted === undefined) return
    // Compressed forms are nothing that anybody's parser takes apart.
    if (wanted.files && !headers.has('content-encoding')) {
      this.#parser = createMultipartParser(headers.get('content-type') ?? UNKNOWN_CONTENT_TYPE, this.#body.form, {
        client: this.#client,
        maxFieldBytes: wanted.maxFieldBytes,
      })
    }
    tapReadableStream(body, {
      write: (bytes) => this.#see(bytes),
      end: () => this.#seeEnd(),
      cancel: () => undefined,
      drained: withPatience(() => this.#body.drained()),
    })
  }

  /** Sets what was captured on the span. */
  record(target: AttributeTarget): void {
    if (this.#parser?.lacksParts === true) this.#body.form.cut()
    this.#body.record(target, this.#isCut())
    this.#stopParsing()
  }

  /** Forgets everything. */
  discard(): void {
    this.#body.discard()
    this.#stopParsing()
  }

  #stopParsing(): void {
    this.#parser?.discard()
    this.#parser = undefined
  }

  #see(bytes: Uint8Array): void {
    const parser = this.#parser
    if (parser !== undefined) {
      shield(
        'multipart body',
        () => parser.write(bytes),
        () => this.discard(),
      )
    }
    this.#body.write(bytes)
  }

  #seeEnd(): void {
    this.#parser?.end()
    this.#body.end()
  }

  /** What stands between a client and a handler may cut a body and end it as if it were whole: Next's `proxy.ts` does. */
  #isCut(): boolean {
    const declared = this.#request.headers.get('content-length')
    return declared === null ? !this.#body.sawEnd : Number(declared) !== this.#body.seenBytes
  }
}
