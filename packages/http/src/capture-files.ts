import { httpExchangeCapture } from './capture-http-exchange.js'
import type { MultipartSink } from './multipart-sink.js'
import { repairFilename } from './repair-filename.js'
import { observeMethod } from './observe-method.js'
import type { ByteSink } from './byte-sink.js'
import type { CapturedRequest } from './http-messages.js'

/** One part of a form as formidable hands it to `onPart`: an emitter of `data` and `end`. */
interface FormidablePart {
  readonly name?: string | null
  readonly originalFilename?: string | null
  readonly mimetype?: string | null
}

/** What is used of a formidable form. */
export interface FormidableForm {
  onPart(part: never): unknown
}

/**
 * Captures the files that formidable (2 or 3) takes out of a request, one by one. Formidable reads the request by
 * itself, so that, without this call, the form is captured as one raw body.
 *
 * ```ts
 * const form = formidable()
 * captureFiles(request, form)
 * const [fields, files] = await form.parse(request)
 * ```
 *
 * Call it before `form.parse()`, and after setting an `onPart` of your own. Does nothing where the request is not
 * captured.
 */
export function captureFiles(request: CapturedRequest, form: FormidableForm): void {
  const sink = httpExchangeCapture(request)?.form
  if (sink === undefined) return
  sink.start()
  observeMethod(form, 'onPart', (part) => {
    if (isPart(part)) tapPart(part, sink)
  })
}

function tapPart(part: FormidablePart, sink: MultipartSink): void {
  const target = openPart(part, sink)
  if (target === undefined) return
  observeMethod(part, 'emit', (event, chunk) => {
    if (event === 'data' && chunk instanceof Uint8Array) target.write(chunk)
    else if (event === 'end') target.end()
  })
}

function isPart(part: unknown): part is FormidablePart {
  return typeof part === 'object' && part !== null && 'emit' in part
}

function openPart({ name, originalFilename, mimetype }: FormidablePart, sink: MultipartSink): ByteSink | undefined {
  const field = name ?? ''
  // Formidable's own rule: a part with a type is a file.
  if (mimetype) {
    const filename = originalFilename ? repairFilename(originalFilename) : undefined
    return sink.file({ field, filename, contentType: mimetype })
  }
  const chunks: Uint8Array[] = []
  return {
    write: (bytes) => void chunks.push(Buffer.from(bytes)),
    end: () => sink.field(field, Buffer.concat(chunks).toString('utf8')),
  }
}
