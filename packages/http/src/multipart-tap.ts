import { isUtf8 } from 'node:buffer'
import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { overrideMethod } from './override-method.js'
import { tapReadable, type ByteSink } from './readable-tap.js'

/** What a multipart parser says about a file before its first byte. */
export interface UploadedFileHeader {
  readonly field: string
  readonly filename: string | undefined
  readonly contentType: string | undefined
  /** Asked when the file is over: whether the parser's own size limit cut it. */
  readonly isCut?: () => boolean
}

/** Sees the parts of a multipart body as the application's own parser takes it apart. No method may throw. */
export interface MultipartSink {
  /** A parser was given the body: from here on it is captured part by part. Called at most once. */
  start(): void
  /** @returns takes the file's bytes; `undefined` where they are not wanted */
  file(header: UploadedFileHeader): ByteSink | undefined
  field(name: string, value: string): void
}

/** The third parameter of busboy's `file` event; before version 1 the members came as separate parameters. */
interface FileInfo {
  readonly filename?: string
  readonly mimeType?: string
}

const tapped = new WeakSet<EventEmitter>()

/**
 * Watches for the moment the application pipes a multipart request into a parser with busboy's interface (multer,
 * express-fileupload, `@fastify/multipart`, busboy itself), and then shows the sink what that parser finds.
 *
 * No listener is added: a `file` listener would make the parser wait for somebody to read the file.
 */
export function tapMultipart(request: IncomingMessage, sink: MultipartSink): void {
  const original = request.pipe
  let started = false
  const watch = (destination: unknown): boolean => {
    if (!isMultipartParser(destination)) return false
    if (!tapped.has(destination)) {
      tapped.add(destination)
      if (!started) sink.start()
      started = true
      tapParser(destination, sink)
    }
    return true
  }
  overrideMethod(request, 'pipe', function pipe(this: IncomingMessage, ...parameters: Parameters<typeof original>) {
    // Piping resumes the request on the next tick: whoever adds its listeners after `pipe` has done so before that.
    if (!watch(parameters[0])) process.nextTick(watch, parameters[0])
    return Reflect.apply(original, this, parameters)
  })
}

function isMultipartParser(destination: unknown): destination is EventEmitter {
  const { listenerCount, emit } = (destination ?? {}) as Partial<EventEmitter>
  if (typeof listenerCount !== 'function' || typeof emit !== 'function') return false
  const emitter = destination as EventEmitter
  return emitter.listenerCount('file') > 0 || emitter.listenerCount('field') > 0
}

function tapParser(parser: EventEmitter, sink: MultipartSink): void {
  const original = parser.emit
  overrideMethod(parser, 'emit', function emit(this: EventEmitter, ...parameters: [string | symbol, ...unknown[]]) {
    const [event, name, value] = parameters
    if (event === 'file' && typeof name === 'string' && isReadable(value)) {
      const file = sink.file(fileHeader(name, parameters))
      if (file !== undefined) tapReadable(value, file)
    } else if (event === 'field' && typeof name === 'string' && typeof value === 'string') sink.field(name, value)
    return Reflect.apply(original, this, parameters)
  })
}

function isReadable(value: unknown): value is Readable {
  return typeof (value as Readable | undefined)?.push === 'function'
}

function fileHeader(field: string, [, , stream, information, , mimeType]: readonly unknown[]): UploadedFileHeader {
  const { filename, mimeType: contentType } =
    typeof information === 'object' && information !== null
      ? (information as FileInfo)
      : { filename: information, mimeType }
  return {
    field,
    filename: typeof filename === 'string' && filename !== '' ? repairFilename(filename) : undefined,
    contentType: typeof contentType === 'string' && contentType !== '' ? contentType : undefined,
    isCut: () => (stream as { truncated?: boolean }).truncated === true,
  }
}

/**
 * Browsers send filenames as UTF-8 (RFC 7578 §5.1.3), but multer, busboy and express-fileupload decode them as latin1 by
 * default. A name that is valid UTF-8 when its characters are taken as bytes is one of those.
 */
export function repairFilename(filename: string): string {
  if (!/[\u0080-\u00FF]/.test(filename) || /[^\u0000-\u00FF]/.test(filename)) return filename
  const bytes = Buffer.from(filename, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : filename
}
