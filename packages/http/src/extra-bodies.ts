import { reportProblem, serializeArtifactReference } from '@span-artifacts/core'
import type { BodyRecorder } from './body-recorder.js'
import { createBodyRecorder } from './create-body-recorder.js'
import { describeValues, type DescribedValues, type DescribeObject } from './describe-values.js'
import { describeLiveObject } from './live-object.js'
import type { SettingsHolder } from './options.js'
import type { AttributeTarget } from './record-body.js'

const JSON_TYPE = 'application/json'

interface ExtraBody {
  readonly recorder: BodyRecorder
  readonly truncated: boolean
}

/** What an adapter adds to an exchange beside its bodies: kept like them, capped and redacted like them. */
export class ExtraBodies {
  readonly #exchange: SettingsHolder
  readonly #bodies = new Map<string, ExtraBody>()

  constructor(exchange: SettingsHolder) {
    this.#exchange = exchange
  }

  /** @param attribute where its reference goes; what was there before is replaced */
  addJson(attribute: string, json: string): void {
    this.#add(attribute, json, false)
  }

  /** @param describeObject goes before the rules for what is alive */
  addValue(attribute: string, value: unknown, describeObject?: DescribeObject): void {
    const { maxBodyBytes, redactor } = this.#exchange.settings
    const isSensitiveName = (name: string): boolean => redactor?.isSensitiveName(name) === true
    const describe = (object: object, key: string): unknown =>
      describeObject?.(object, key, isSensitiveName) ?? describeLiveObject(object)
    let described: DescribedValues | undefined
    try {
      described = describeValues(value, describe, maxBodyBytes)
    } catch (error) {
      // The message may quote what is not ours to show.
      const name = error instanceof Error ? error.name : `a thrown ${typeof error}`
      reportProblem('not_serializable', `${attribute} could not be written as JSON: ${name}`)
    }
    // What is longer than the cap will not be stored either.
    if (described !== undefined) this.#add(attribute, described.json, described.truncated)
  }

  /** Sets the references on the span. */
  record(target: AttributeTarget): void {
    for (const [attribute, { recorder, truncated }] of this.#bodies) {
      const { reference } = recorder.finish({ contentType: JSON_TYPE, contentEncoding: undefined, truncated })
      target.setAttribute(attribute, serializeArtifactReference(reference))
    }
    this.#bodies.clear()
  }

  /** Forgets everything. */
  discard(): void {
    for (const { recorder } of this.#bodies.values()) recorder.discard()
    this.#bodies.clear()
  }

  #add(attribute: string, json: string, truncated: boolean): void {
    const bytes = Buffer.from(json)
    const details = { contentType: JSON_TYPE, contentEncoding: undefined, firstBytes: bytes }
    const recorder = createBodyRecorder(details, this.#exchange.settings)
    recorder.write(bytes)
    this.#bodies.get(attribute)?.recorder.discard()
    this.#bodies.set(attribute, { recorder, truncated })
  }
}
