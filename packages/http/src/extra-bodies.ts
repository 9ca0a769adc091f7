import { reportProblem, serializeArtifactReference } from '@span-artifacts/core'
import type { BodyRecorder } from './body-recorder.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { describeValues, type DescribeObject } from './describe-values.js'
import { describeLiveObject } from './live-object.js'
import type { SettingsHolder } from './options.js'
import type { AttributeTarget } from './record-body.js'

const JSON_TYPE = 'application/json'

/** What an adapter adds to an exchange beside its bodies: kept like them, capped and redacted like them. */
export class ExtraBodies {
  readonly #exchange: SettingsHolder
  readonly #bodies = new Map<string, BodyRecorder>()

  constructor(exchange: SettingsHolder) {
    this.#exchange = exchange
  }

  /** @param attribute where its reference goes; what was there before is replaced */
  addJson(attribute: string, json: string): void {
    const bytes = Buffer.from(json)
    const details = { contentType: JSON_TYPE, contentEncoding: undefined, firstBytes: bytes }
    const body = createBodyRecorder(details, this.#exchange.settings)
    body.write(bytes)
    this.#bodies.get(attribute)?.discard()
    this.#bodies.set(attribute, body)
  }

  /** @param describeObject goes before the rules for what is alive */
  addValue(attribute: string, value: unknown, describeObject?: DescribeObject): void {
    let json: string | undefined
    try {
      json = describeValues(value, (object, key) => describeObject?.(object, key) ?? describeLiveObject(object))
    } catch (error) {
      // The message may quote what is not ours to show.
      const name = error instanceof Error ? error.name : `a thrown ${typeof error}`
      reportProblem('not_serializable', `${attribute} could not be written as JSON: ${name}`)
    }
    if (json !== undefined) this.addJson(attribute, json)
  }

  /** Sets the references on the span. */
  record(target: AttributeTarget): void {
    for (const [attribute, body] of this.#bodies) {
      const { reference } = body.finish({ contentType: JSON_TYPE, contentEncoding: undefined, truncated: false })
      target.setAttribute(attribute, serializeArtifactReference(reference))
    }
    this.#bodies.clear()
  }

  /** Forgets everything. */
  discard(): void {
    for (const body of this.#bodies.values()) body.discard()
    this.#bodies.clear()
  }
}
