import type { Span } from '@opentelemetry/api'
import { reportProblem, serializeArtifactReferences } from '@span-artifacts/core'
import type { BodyRecorder } from '../body-recorder.js'
import { createBodyRecorder } from '../create-body-recorder.js'
import { describeValues, type DescribedValues } from '../describe-values.js'
import { shield } from '../diagnostics.js'
import { MAX_FILES, printableFieldName } from '../file-bounds.js'
import { FileCapture } from '../file-capture.js'
import { MAX_FIELDS, redactValue } from '../form-fields.js'
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
import { spansWithBodies } from './spans-with-bodies.js'

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

/** Values as JSON. */
interface RecordedJson {
  readonly recorder: BodyRecorder
  readonly truncated: boolean
}

const JSON_TYPE = 'application/json'

/** Files are handed on in pieces of so many bytes, so that the disk can keep up, with a pause after as many. */
const SLICE_BYTES = 1024 * 1024

/**
 * Prepares the capture of calls that stand for an HTTP exchange, such as Next's server actions: the arguments as the body
 * of the request, in JSON, the files among them one by one, and the result as the body of the response. Of several calls in one
 * request the first one is captured, and none inside of an exchange that is.
 *
 * @throws ArtifactConfigurationError naming the option that is unknown or has a wrong value
 */
export function createCallCapture(options: CallCaptureOptions = {}, convention: CallConvention = {}): CallCapture {
  const settings = resolveHttpCaptureOptions(options)
  return (callArguments) => {
    let call: RunningCall | undefined
    shield('start', () => {
      const owner = findServerSpan()
      if (owner !== undefined && isExported(owner.span) && spansWithBodies.get(owner.span) === undefined) {
        spansWithBodies.set(owner.span, true)
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
  const { client, maxBodyBytes, maxFileBytes: maxBytes, attributeNames: names } = settings
  const files: FileCapture[] = []
  /** One after the other: side by side they would come faster than a disk takes them. */
  let reading = Promise.resolve()
  const pause = pauses()
  let over = false
  let fieldCount = 0
  let leftFieldCharacters = maxBodyBytes
  let isCut = false

  const captureFile = (file: Blob, field: string, filename: string | undefined): void => {
    if (files.length >= MAX_FILES) {
      return reportProblem('too_many_files', `a call has more than ${MAX_FILES} files: the others are not captured`)
    }
    const contentType = file.type === '' ? undefined : file.type
    const capture = new FileCapture({ field: printableFieldName(field), filename, contentType }, { client, maxBytes })
    files.push(capture)
    reading = reading.then(() => readFile(file, capture, { isOver: () => over, pause }))
  }
  const addFile = (file: Blob, field: string): string => {
    const name = 'name' in file && typeof file.name === 'string' ? file.name : ''
    if (settings.files) captureFile(file, field, name === '' ? undefined : name)
    return `[${name ? `file ${name}` : 'file'}, ${file.size} bytes]`
  }
  // In one pass: `getAll()` goes through the whole form, which may have as many names as fields.
  const describeForm = (form: FormData): Record<string, unknown> => {
    const fields = new Map<string, string[]>()
    for (const [name, value] of form) {
      if (convention.isOwnField?.(name) === true) continue
      if (typeof value !== 'string') {
        addFile(value, name)
        continue
      }
      fieldCount += 1
      leftFieldCharacters -= name.length + value.length
      // What follows on a field that is missing would only look like all there is.
      isCut ||= fieldCount > MAX_FIELDS || leftFieldCharacters < 0
      if (isCut) continue
      const shown = redactValue(name, value, settings.redactor, false)
      const values = fields.get(name)
      if (values === undefined) fields.set(name, [shown])
      else values.push(shown)
    }
    return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
  }
  const uploads = new Set<unknown>()
  const describe = (value: object, key: string): unknown => {
    if (isUpload(value)) {
      uploads.add(value)
      return value instanceof Blob ? addFile(value, key) : describeForm(value)
    }
    return value instanceof ReadableStream ? '[ReadableStream]' : undefined
  }

  let sent: RecordedJson | undefined
  shield('arguments', () => {
    const [only, ...others] = callArguments
    const described = describeValues(others.length === 0 ? only : callArguments, describe, maxBodyBytes)
    // A form of nothing but files has been said by them.
    if (settings.request && described !== undefined && (described.json !== '{}' || isCut)) {
      sent = recordJson(described, settings, isCut)
    }
  })
  // The JSON ends where it becomes too long, such as in the state that a form comes with, which stands before the form.
  shield('files', () => {
    for (const [index, value] of callArguments.entries()) {
      if (isUpload(value) && !uploads.has(value)) describe(value, String(index))
    }
  })

  const discard = (): void => {
    over = true
    sent?.recorder.discard()
    for (const file of files) file.discard()
  }
  const finalizeOn = (target: AttributeTarget, answer?: RecordedJson): void => {
    if (over) return answer?.recorder.discard()
    over = true
    setBody(target, sent, requestBodyNames(names))
    setBody(target, answer, responseBodyNames(names))
    const references = files.flatMap((file) => file.finish() ?? [])
    if (references.length > 0) target.setAttribute(names.requestFiles, serializeArtifactReferences(references))
  }
  const takeBack = beforeSpanEnds(span, (target) => shield('recording', () => finalizeOn(target), discard))

  return {
    filesRead: reading,
    finish: (result) => {
      takeBack()
      let answer: RecordedJson | undefined
      // A result that nobody can write as JSON takes nothing of what was sent with it.
      shield('result', () => {
        const described = settings.response ? describeValues(result, describeResult, maxBodyBytes) : undefined
        answer = described && recordJson(described, settings)
      })
      shield('recording', () => finalizeOn(span, answer), discard)
    },
  }
}

function isUpload(value: unknown): value is FormData | Blob {
  return value instanceof FormData || value instanceof Blob
}

function describeResult(value: object): unknown {
  if (value instanceof Blob) return `[${value.size} bytes]`
  return value instanceof ReadableStream ? '[ReadableStream]' : undefined
}

/** @param isCut whether anything more is missing in it */
function recordJson(
  { json, truncated }: DescribedValues,
  settings: BodySettings,
  isCut = false,
): RecordedJson | undefined {
  if (!settings.isCapturedType(JSON_TYPE)) return undefined
  const firstBytes = new TextEncoder().encode(json)
  const recorder = createBodyRecorder({ contentType: JSON_TYPE, contentEncoding: undefined, firstBytes }, settings)
  recorder.write(firstBytes)
  return { recorder, truncated: isCut || truncated }
}

function setBody(target: AttributeTarget, json: RecordedJson | undefined, names: BodyAttributeNames): void {
  if (json === undefined) return
  const { recorder, truncated } = json
  recordBody(target, recorder.finish({ contentType: JSON_TYPE, contentEncoding: undefined, truncated }), names)
}

/** Reads a file beside the application, which has it in memory or on disk already. */
async function readFile(
  file: Blob,
  capture: FileCapture,
  { isOver, pause }: { isOver: () => boolean; pause: (readBytes: number) => Promise<void> | undefined },
): Promise<void> {
  try {
    for await (const chunk of file.stream()) {
      // A file in memory comes as one chunk, however large it is.
      for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
        if (isOver()) return
        const slice = chunk.subarray(start, start + SLICE_BYTES)
        capture.write(slice)
        // What is in memory comes faster than a disk takes it.
        await capture.drained()
        await pause(slice.length)
      }
    }
    capture.end()
  } catch {
    // What was read until then is recorded as truncated.
  }
}

/** What is in memory would be read in one turn of the event loop, in which the application can do nothing else. */
function pauses(): (readBytes: number) => Promise<void> | undefined {
  let turnBytes = 0
  return (readBytes) => {
    turnBytes += readBytes
    if (turnBytes < SLICE_BYTES) return undefined
    turnBytes = 0
    // Not `setImmediate()`: edge runtimes do not have it.
    return new Promise((resolve) => {
      setTimeout(resolve, 0)
    })
  }
}
