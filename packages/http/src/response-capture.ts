import { shield } from './diagnostics.js'
import { OutgoingBody } from './outgoing-body.js'
import type { BodySettings } from './options.js'
import { tapResponse } from './response-tap.js'
import type { CapturedResponse } from './http-messages.js'

/** Captures the body of a response of Node. */
export class ResponseCapture extends OutgoingBody {
  readonly #response: CapturedResponse
  /** Not a function made here: one per response kept whole requests alive through minor collections (V8 13.6). */
  readonly #settings: () => BodySettings

  constructor(response: CapturedResponse, settings: () => BodySettings) {
    super(settings)
    this.#response = response
    this.#settings = settings
  }

  /** @param onEnd called inside of `response.end()`, before the original; must not throw */
  tap(onEnd: () => void): void {
    if (!this.#settings().response) return
    const response = this.#response
    tapResponse(response, {
      // A compression installed around us changes the headers later: what counts is what they are before the first byte.
      start: () =>
        shield('response headers', () =>
          this.start({
            contentType: sentHeader(response, 'content-type'),
            contentEncoding: sentHeader(response, 'content-encoding'),
            contentDisposition: sentHeader(response, 'content-disposition'),
          }),
        ),
      write: (bytes, isOwn) => this.write(bytes, isOwn),
      end: () => {
        this.end()
        onEnd()
      },
    })
  }
}

/** Headers given to `writeHead` alone are found nowhere but in the head that Node composed of them. */
function sentHeader(response: CapturedResponse, name: string): string | undefined {
  const value = response.getHeader(name)
  if (value !== undefined) return String(value)
  const head: unknown = Reflect.get(response, '_header')
  return typeof head === 'string' ? new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1] : undefined
}
