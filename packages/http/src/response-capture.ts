import { reportFailure } from './diagnostics.js'
import { OutgoingBody } from './outgoing-body.js'
import type { BodySettings } from './options.js'
import { properties } from './properties.js'
import { tapResponse, type ResponseSink } from './response-tap.js'
import type { CapturedResponse } from './http-messages.js'

/** Captures the body of a response of Node. */
export class ResponseCapture extends OutgoingBody implements ResponseSink {
  readonly #response: CapturedResponse
  /** Not a function made here: one per response kept whole requests alive through minor collections (V8 13.6). */
  readonly #settings: () => BodySettings
  #onEnd: (() => void) | undefined

  constructor(response: CapturedResponse, settings: () => BodySettings) {
    super(settings)
    this.#response = response
    this.#settings = settings
  }

  /** @param onEnd called inside of `response.end()`, before the original; must not throw */
  tap(onEnd: () => void): void {
    if (!this.#settings().response) return
    this.#onEnd = onEnd
    tapResponse(this.#response, this)
  }

  /** A compression installed around us changes the headers later: what counts is what they are before the first byte. */
  begin(): void {
    const response = this.#response
    try {
      this.start({
        contentType: sentHeader(response, 'content-type'),
        contentEncoding: sentHeader(response, 'content-encoding'),
        contentDisposition: sentHeader(response, 'content-disposition'),
      })
    } catch (error) {
      reportFailure('response headers', error)
    }
  }

  override end(): void {
    super.end()
    this.#onEnd?.()
  }
}

/** Headers given to `writeHead` alone are found nowhere but in the head that Node composed of them. */
function sentHeader(response: CapturedResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  if (value !== undefined) return String(value)
  const head = properties(response)['_header']
  return typeof head === 'string' ? new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] : undefined
}
