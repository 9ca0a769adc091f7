import { artifactClient, REDACTED, type ArtifactClient } from '@span-artifacts/core'
import type { BodyRecorder } from './body-recorder.js'
import type { BodyRedactor } from './body-redaction.js'
import { InspectedBody } from './inspected-body.js'
import type { BodySettings } from './options.js'
import { StreamedBody } from './streamed-body.js'

type ByteBudget = ArtifactClient['captureSpace']['memory']

/** Of one form. Each one is looked into, which takes a microsecond or two. */
export const MAX_FIELDS = 10_000

/**
 * The fields of a form beside its files. They are recorded as one JSON object, in the order they came; a name that
 * comes again gets a list of its values. Until then they count against the client's memory.
 */
export class FormFields {
  readonly #maxBytes: number
  readonly #memory: ByteBudget
  readonly #values = new Map<string, string[]>()
  #reservedBytes = 0
  #bytes = 0
  #count = 0
  #isComplete = true

  /** Fields beyond `maxBodyBytes` of names and values are not kept, nor those beyond the first 10,000. */
  constructor({ client = artifactClient(), maxBodyBytes }: BodySettings) {
    this.#maxBytes = maxBodyBytes
    this.#memory = client.captureSpace.memory
  }

  /** Whether fields are missing. */
  get truncated(): boolean {
    return !this.#isComplete
  }

  add(name: string, value: string): void {
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value)
    this.#count += 1
    this.#bytes += bytes
    const isWithinBounds = this.#bytes <= this.#maxBytes && this.#count <= MAX_FIELDS
    // What follows on a field that is missing would only look like all there is.
    this.#isComplete &&= isWithinBounds && this.#memory.reserve(bytes)
    if (!this.#isComplete) return
    this.#reservedBytes += bytes
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  /** Forgets the fields. */
  discard(): void {
    this.#values.clear()
    this.#memory.release(this.#reservedBytes)
    this.#reservedBytes = 0
  }

  /** The fields as a body of type `application/json`, and forgets them; `undefined` where there are none. */
  toBody(settings: BodySettings): BodyRecorder | undefined {
    if (this.#count === 0) return undefined
    const { redactor } = settings
    const members = [...this.#values].map(([name, values]) => {
      const shown = values.map((value) => redactValue(name, value, redactor))
      return `${JSON.stringify(name)}:${JSON.stringify(shown.length === 1 ? shown[0] : shown)}`
    })
    const body = redactor?.readsPlainText === true ? new InspectedBody(settings, redactor) : new StreamedBody(settings)
    // The body takes room for them anew, before anybody else can.
    this.discard()
    body.write(Buffer.from(`{${members.join(',')}}`))
    return body
  }
}

/** The value of a form's field, or what may be shown of it. */
export function redactValue(name: string, value: string, redactor: BodyRedactor | undefined): string {
  if (redactor === undefined) return value
  if (redactor.isSensitiveName(name)) return REDACTED
  // The application's own rules are for the fields as a whole.
  if (redactor.readsPlainText) return value
  // Forms with files often carry the rest of their data as JSON in one field.
  return /^\s*[[{]/.test(value) ? (redactor.redactText(value, 'application/json') ?? REDACTED) : value
}
