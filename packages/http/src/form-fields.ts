import { REDACTED } from '@span-artifacts/core'
import type { BodyRecorder } from './body-recorder.js'
import type { BodyRedactor } from './body-redaction.js'
import { InspectedBody } from './inspected-body.js'
import { MemoryReservation } from './memory-reservation.js'
import type { BodySettings } from './options.js'
import { StreamedBody } from './streamed-body.js'

/** Of one form. Each one is looked into, which takes a microsecond or two. */
export const MAX_FIELDS = 10_000

/**
 * The fields of a form beside its files. They are recorded as one JSON object, in the order they came; a name that
 * comes again gets a list of its values. Until then they count against the client's memory.
 */
export class FormFields {
  readonly #maxBytes: number
  readonly #reserved: MemoryReservation
  readonly #values = new Map<string, string[]>()
  #count = 0
  #isFull = false
  #isCut = false

  /** Fields beyond `maxBodyBytes` of names and values are not kept, nor those beyond the first 10,000. */
  constructor({ client, maxBodyBytes }: BodySettings) {
    this.#maxBytes = maxBodyBytes
    this.#reserved = new MemoryReservation(client)
  }

  /** Whether anything of the form is missing. */
  get truncated(): boolean {
    return this.#isFull || this.#isCut
  }

  /** The parser has left something out. */
  cut(): void {
    this.#isCut = true
  }

  add(name: string, value: string): void {
    this.#count += 1
    // What follows on a field that is missing would only look like all there is.
    this.#isFull ||= !this.#takeRoom(Buffer.byteLength(name) + Buffer.byteLength(value))
    if (this.#isFull) return
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  /** Forgets the fields. */
  discard(): void {
    this.#values.clear()
    this.#reserved.release()
  }

  /**
   * The fields as a body of type `application/json`, and forgets them; `undefined` where there are none. A form that was cut
   * has a body even so: nothing else could say that parts are missing.
   */
  toBody(settings: BodySettings): BodyRecorder | undefined {
    if (this.#count === 0 && !this.#isCut) return undefined
    const { redactor } = settings
    const members = [...this.#values].map(([name, values]) => {
      const shown = values.map((value) => redactValue(name, value, redactor, this.truncated))
      return `${JSON.stringify(name)}:${JSON.stringify(shown.length === 1 ? shown[0] : shown)}`
    })
    const body = redactor?.readsPlainText === true ? new InspectedBody(settings, redactor) : new StreamedBody(settings)
    // The body takes room for them anew, before anybody else can.
    this.discard()
    body.write(Buffer.from(`{${members.join(',')}}`))
    return body
  }

  #takeRoom(bytes: number): boolean {
    const isWithinBounds = this.#reserved.bytes + bytes <= this.#maxBytes && this.#count <= MAX_FIELDS
    return isWithinBounds && this.#reserved.take(bytes)
  }
}

/**
 * The value of a form's field, or what may be shown of it.
 *
 * @param truncated whether the end of the value may be missing
 */
export function redactValue(
  name: string,
  value: string,
  redactor: BodyRedactor | undefined,
  truncated: boolean,
): string {
  if (redactor === undefined) return value
  if (redactor.isSensitiveName(name)) return REDACTED
  // The application's own rules are for the fields as a whole.
  if (redactor.readsPlainText) return value
  // Forms with files often carry the rest of their data as JSON in one field, or as a JSON string of JSON.
  return /^\s*["[{]/.test(value) ? (redactor.redactText(value, 'application/json', truncated) ?? REDACTED) : value
}
