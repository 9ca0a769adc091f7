import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { shield } from './diagnostics.js'
import type { CapturedRequest } from './http-messages.js'
import type { MultipartSink } from './multipart-sink.js'
import { observeMethod } from './observe-method.js'
import { tapReadable } from './readable-tap.js'
import { repairFilename } from './repair-filename.js'

const watched = new WeakSet<EventEmitter>()

/** What a parser with busboy's interface emits when it leaves out parts of a form, or can not go on. */
const CUT_EVENTS: ReadonlySet<unknown> = new Set(['fieldsLimit', 'filesLimit', 'partsLimit', 'error'])

/**
 * Watches for the moment the application pipes a multipart request into a parser with busboy's interface (multer,
 * express-fileupload, `@fastify/multipart`, busboy itself), and then shows the sink what that parser finds.
 *
 * No listener is added: a `file` listener would make the parser wait for somebody to read the file.
 */
export function tapMultipart(request: CapturedRequest, sink: MultipartSink): void {
  const form = new WatchedForm(request, sink)
  observeMethod(request, 'pipe', (destination) => {
    // Piping resumes the request on the next tick: whoever adds its listeners after `pipe` has done so before that.
    if (!form.watch(destination)) {
      process.nextTick(() => shield('multipart parser', () => void form.watch(destination)))
    }
  })
}

class WatchedForm {
  readonly #request: CapturedRequest
  readonly #sink: MultipartSink
  /** The first ones that have found one. What another one finds in the same form would only count twice. */
  #fileParser: EventEmitter | undefined
  #fieldParser: EventEmitter | undefined
  /** Emit `file` and `field` too, but with something else than a part. */
  #strangers: WeakSet<EventEmitter> | undefined
  #isCut = false

  constructor(request: CapturedRequest, sink: MultipartSink) {
    this.#request = request
    this.#sink = sink
  }

  /** @returns whether it is watched: it takes parts from somewhere */
  watch(destination: unknown): boolean {
    if (!(destination instanceof EventEmitter) || !isMultipartParser(destination)) return false
    if (watched.has(destination)) return true
    observeMethod(destination, 'emit', (...parameters) => this.#see(destination, parameters))
    watched.add(destination)
    return true
  }

  #see(parser: EventEmitter, parameters: readonly unknown[]): void {
    const [event, first] = parameters
    if (event === 'file' || event === 'field') {
      if (isPart(parameters)) {
        if (this.#isTakenFrom(parser, event)) seePart(parameters, this.#sink)
      } else if (this.#isSource(parser)) this.#sink.cut()
      else {
        // Whatever takes the body apart in its own way, as multiparty does: the body is recorded as it came.
        this.#strangers ??= new WeakSet()
        this.#strangers.add(parser)
      }
    } else if (
      CUT_EVENTS.has(event) ||
      (event === 'unpipe' && first === this.#request && !this.#request.readableEnded)
    ) {
      this.#cut(parser)
    }
  }

  #isTakenFrom(parser: EventEmitter, event: 'file' | 'field'): boolean {
    if (this.#strangers?.has(parser) === true) return false
    if (this.#fileParser === undefined && this.#fieldParser === undefined) {
      this.#sink.start()
      if (this.#isCut) this.#sink.cut()
    }
    if (event === 'file') return (this.#fileParser ??= parser) === parser
    return (this.#fieldParser ??= parser) === parser
  }

  #isSource(parser: EventEmitter): boolean {
    return parser === this.#fileParser || parser === this.#fieldParser
  }

  #cut(parser: EventEmitter): void {
    if (this.#isSource(parser)) this.#sink.cut()
    else this.#isCut ||= this.#fileParser === undefined && this.#fieldParser === undefined
  }
}

function isMultipartParser(destination: EventEmitter): boolean {
  return destination.listenerCount('file') > 0 || destination.listenerCount('field') > 0
}

/** Others have events of these names too: with a file that is on the disk already, with a field and nothing about it. */
function isPart([event, , value, information]: readonly unknown[]): boolean {
  if (event === 'file') return value instanceof Readable
  return (
    typeof value === 'string' && (typeof information === 'boolean' || 'valueTruncated' in asInformation(information))
  )
}

function seePart([event, name, value, information, fifth, mimeType]: readonly unknown[], sink: MultipartSink): void {
  const field = typeof name === 'string' ? name : ''
  // Since its version 1 busboy gives an object; before, what it says came as separate parameters.
  if (value instanceof Readable) {
    const details = typeof information === 'object' ? asInformation(information) : { filename: information, mimeType }
    seeFile(value, { field, ...details }, sink)
  } else if (event === 'field' && typeof value === 'string') {
    const { nameTruncated, valueTruncated } =
      typeof information === 'object'
        ? asInformation(information)
        : { nameTruncated: information, valueTruncated: fifth }
    sink.field(field, value)
    if (nameTruncated === true || valueTruncated === true) sink.cut()
  }
}

function seeFile(
  stream: Readable,
  { field, filename, mimeType }: PartInformation & { readonly field: string },
  sink: MultipartSink,
): void {
  const file = sink.file({
    field,
    filename: typeof filename === 'string' && filename !== '' ? repairFilename(filename) : undefined,
    contentType: typeof mimeType === 'string' && mimeType !== '' ? mimeType : undefined,
    isCut: () => Reflect.get(stream, 'truncated') === true,
  })
  if (file !== undefined) tapReadable(stream, file)
}

/** What busboy says about a part. */
interface PartInformation {
  readonly filename?: unknown
  readonly mimeType?: unknown
  readonly nameTruncated?: unknown
  readonly valueTruncated?: unknown
}

function asInformation(value: unknown): PartInformation {
  return typeof value === 'object' && value !== null ? value : {}
}
