import { UNKNOWN_CONTENT_TYPE } from '../content-types.js'
import { shield } from '../diagnostics.js'
import { IncomingBody } from '../incoming-body.js'
import type { BodySettings } from '../options.js'
import { createMultipartParser, type MultipartParser } from './multipart-parser.js'
import { withPatience } from './with-patience.js'
import { tapReadableStream } from './stream-tap.js'

/** Captures the body of a web `Request`. */
export class WebRequestBody extends IncomingBody {
  readonly #request: Request
  #parser: MultipartParser | undefined

  constructor(request: Request, settings: () => BodySettings) {
    super(
      {
        contentType: request.headers.get('content-type') ?? undefined,
        contentEncoding: request.headers.get('content-encoding') ?? undefined,
      },
      settings,
    )
    this.#request = request
  }

  /** Starts watching. Does not touch a request that has no body, or none that is wanted. */
  tap(): void {
    const { body, bodyUsed, headers } = this.#request
    if (body === null || bodyUsed) return
    const wanted = this.plan()
    if (wanted === undefined) return
    // Compressed forms are nothing that anybody's parser takes apart.
    if (wanted.files && !headers.has('content-encoding')) {
      this.#parser = createMultipartParser(headers.get('content-type') ?? UNKNOWN_CONTENT_TYPE, this.form, {
        maxFieldBytes: wanted.maxFieldBytes,
      })
      if (this.#parser !== undefined) this.form.start()
    }
    tapReadableStream(body, {
      write: (bytes) => this.#see(bytes),
      end: () => this.#seeEnd(),
      cancel: () => undefined,
      drained: withPatience(() => this.drained()),
    })
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
    this.write(bytes)
  }

  #seeEnd(): void {
    this.#parser?.end()
    this.end()
  }

  /** What stands between a client and a handler may cut a body and end it as if it were whole: Next's `proxy.ts` does. */
  protected override isTruncated(seenBytes: number, sawEnd: boolean): boolean {
    if (this.#parser?.failed === true) return true
    const declared = this.#request.headers.get('content-length')
    return declared === null ? !sawEnd : Number(declared) !== seenBytes
  }
}
