import type { Span } from '@opentelemetry/api'
import { serializeArtifactReferences } from '@span-artifacts/core'
import type { BodyRecorder } from '../body-recorder.js'
import { createBodyRecorder } from '../create-body-recorder.js'
import { describeValues } from '../describe-values.js'
import { shield } from '../diagnostics.js'
import { FileCapture } from '../file-capture.js'
import { redactValue } from '../form-fields.js'
import { resolveHttpCaptureOptions, type BodySettings, type HttpCaptureOptions } from '../options.js'
import {
  recordBody,
  requestBodyNames,
  responseBodyNames,
  type AttributeTarget,
  type BodyAttributeNames,
} from '../record-body.js'
import { wireCaptures } from '../wire-captures.js'
import { beforeSpanEnds, findServerSpan, isExported } from '../server-span.js'

/** What is captured of a call, and how: as everywhere, but there are no messages to be asked about. */
export type CallCaptureOptions = Omit<HttpCaptureOptions, 'ignore' | 'shouldCapture'>

/** How the arguments of calls are to be read. */
export interface CallConvention {
  /** Fields of forms that belong to the framework, not to the application. */
  readonly isOwnField?: (name: string) => boolean
}

/** The running capture of one call. */
export interface RunningCall {
  /** Resolves when the files among the arguments have been read. Never rejects. */
  readonly filesRead: Promise<void>
  /** Sets the references. @param result of the call; `undefined` where it has none, or has failed */
  finish(result: unknown): void
}

/** Starts capturing one call. @returns `undefined` where nothing is captured; then nothing was touched */
export type CallCapture = (callArguments: readonly unknown[]) => RunningCall | undefined

const JSON_TYPE = 'application/json'

/**
 * Prepares the capture of calls that stand for an HTTP exchange, such as Next's server actions: the arguments as the body
 * of the request, in JSON, the files among them one by one, and the result as the body of the response.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createCallCapture(options: CallCaptureOptions = {}, convention: CallConvention = {}): CallCapture {
  const settings = resolveHttpCaptureOptions(options)
  return (callArguments) => {
    let call: RunningCall | undefined
    shield('start', () => {
      const owner = findServerSpan()
      if (owner !== undefined && isExported(owner.span)) {
        // What is nearer to the application knows more of the exchange.
        wireCaptures.get(owner.span)?.skip()
        call = startCall(callArguments, { span: owner.span, settings, convention })
      }
    })
    return call
  }
}

function startCall(
  callArguments: readonly unknown[],
  { span, settings, convention }: { span: Span; settings: BodySettings; convention: CallConvention },
): RunningCall {
  const { client, maxFileBytes: maxBytes, attributeNames: names } = settings
  const files: FileCapture[] = []
  const reading: Promise<void>[] = []
  let over = false

  const addFile = (file: Blob, field: string): string => {
    const name = 'name' in file && typeof file.name === 'string' ? file.name : undefined
    if (settings.files) {
      const capture = new FileCapture(
        { field, filename: name === '' ? undefined : name, contentType: file.type === '' ? undefined : file.type },
        { client, maxBytes },
      )
      files.push(capture)
      reading.push(readFile(file, capture, () => over))
    }
    return `[${name ? `file ${name}` : 'file'}, ${file.size} bytes]`
  }
  const describeForm = (form: FormData): Record<string, unknown> => {
    const fields: Record<string, unknown> = {}
    for (const name of new Set(form.keys())) {
      if (convention.isOwnField?.(name) === true) continue
      const values = form.getAll(name)
      const texts = values.filter((value) => typeof value === 'string')
      for (const value of values) if (typeof value !== 'string') addFile(value, name)
      const shown = texts.map((text) => redactValue(name, text, settings.redactor))
      if (shown.length > 0)
        Object.defineProperty(fields, name, { value: shown.length === 1 ? shown[0] : shown, enumerable: true })
    }
    return fields
  }
  const describe = (value: object, key: string): unknown => {
    if (value instanceof FormData) return describeForm(value)
    if (value instanceof Blob) return addFile(value, key)
    return value instanceof ReadableStream ? '[ReadableStream]' : undefined
  }

  let sent: BodyRecorder | undefined
  shield('arguments', () => {
    const [only, ...others] = callArguments
    const json = describeValues(others.length === 0 ? only : callArguments, describe)
    // A form of nothing but files has been said by them.
    if (settings.request && json !== undefined && json !== '{}') sent = recordJson(json, settings)
  })

  const finalizeOn = (target: AttributeTarget, answer?: BodyRecorder): void => {
    if (over) return answer?.discard()
    over = true
    setBody(target, sent, requestBodyNames(names))
    setBody(target, answer, responseBodyNames(names))
    const references = files.flatMap((file) => file.finish() ?? [])
    if (references.length > 0) target.setAttribute(names.requestFiles, serializeArtifactReferences(references))
  }
  const takeBack = beforeSpanEnds(span, (target) => shield('recording', () => finalizeOn(target)))

  return {
    filesRead: Promise.all(reading).then(() => undefined),
    finish: (result) => {
      takeBack()
      shield('recording', () => {
        const json = settings.response ? describeValues(result, describeResult) : undefined
        finalizeOn(span, json === undefined ? undefined : recordJson(json, settings))
      })
    },
  }
}

function describeResult(value: object): unknown {
  if (value instanceof Blob) return `[${value.size} bytes]`
  return value instanceof ReadableStream ? '[ReadableStream]' : undefined
}

function recordJson(json: string, settings: BodySettings): BodyRecorder | undefined {
  if (!settings.isCapturedType(JSON_TYPE)) return undefined
  const firstBytes = new TextEncoder().encode(json)
  const recorder = createBodyRecorder({ contentType: JSON_TYPE, contentEncoding: undefined, firstBytes }, settings)
  recorder.write(firstBytes)
  return recorder
}

function setBody(target: AttributeTarget, recorder: BodyRecorder | undefined, names: BodyAttributeNames): void {
  if (recorder === undefined) return
  recordBody(target, recorder.finish({ contentType: JSON_TYPE, contentEncoding: undefined, truncated: false }), names)
}

/** Reads a file beside the application, which has it in memory or on disk already. */
async function readFile(file: Blob, capture: FileCapture, isOver: () => boolean): Promise<void> {
  try {
    for await (const chunk of file.stream()) {
      if (isOver()) return
      capture.write(chunk)
    }
    capture.end()
  } catch {
    // What was read until then is recorded as truncated.
  }
}
