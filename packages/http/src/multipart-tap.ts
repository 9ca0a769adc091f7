import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { observeMethod } from './observe-method.js'
import type { MultipartSink } from './multipart-sink.js'
import { tapReadable } from './readable-tap.js'
import { repairFilename } from './repair-filename.js'
import type { CapturedRequest } from './http-messages.js'

const tapped = new WeakSet<EventEmitter>()

/**
 * Watches for the moment the application pipes a multipart request into a parser with busboy's interface (multer,
 * express-fileupload, `@fastify/multipart`, busboy itself), and then shows the sink what that parser finds.
 *
 * No listener is added: a `file` listener would make the parser wait for somebody to read the file.
 */
export function tapMultipart(request: CapturedRequest, sink: MultipartSink): void {
  let started = false
  const watch = (destination: unknown): boolean => {
    if (!(destination instanceof EventEmitter) || !isMultipartParser(destination)) return false
    if (tapped.has(destination)) return true
    tapped.add(destination)
    if (!started) sink.start()
    started = true
    observeMethod(destination, 'emit', (...parameters) => seeEvent(parameters, sink))
    return true
  }
  observeMethod(request, 'pipe', (destination) => {
    // Piping resumes the request on the next tick: whoever adds its listeners after `pipe` has done so before that.
    if (!watch(destination)) process.nextTick(watch, destination)
  })
}

function isMultipartParser(destination: EventEmitter): boolean {
  return destination.listenerCount('file') > 0 || destination.listenerCount('field') > 0
}

function seeEvent([event, name, value, information, , mimeType]: readonly unknown[], sink: MultipartSink): void {
  if (typeof name !== 'string') return
  if (event === 'field' && typeof value === 'string') sink.field(name, value)
  if (event !== 'file' || !(value instanceof Readable)) return
  // Since its version 1 busboy gives an object; before, name and type of the file came as separate parameters.
  const { filename, mimeType: contentType } = isFileInformation(information)
    ? information
    : { filename: information, mimeType }
  const file = sink.file({
    field: name,
    filename: typeof filename === 'string' && filename !== '' ? repairFilename(filename) : undefined,
    contentType: typeof contentType === 'string' && contentType !== '' ? contentType : undefined,
    isCut: () => Reflect.get(value, 'truncated') === true,
  })
  if (file !== undefined) tapReadable(value, file)
}

function isFileInformation(value: unknown): value is { readonly filename?: unknown; readonly mimeType?: unknown } {
  return typeof value === 'object' && value !== null
}
