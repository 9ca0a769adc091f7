import type { IncomingMessage, ServerResponse } from 'node:http'

/** What answers a request; it may be asynchronous. */
export type Application = (request: IncomingMessage, response: ServerResponse) => unknown

declare module 'node:http' {
  /** What the parsers of the Express kind leave on a request. */
  interface IncomingMessage {
    body?: unknown
    files?: unknown
  }
}

/** Runs a middleware of the Express kind on bare Node objects. Rejects with what it gives to `next`. */
export function run(middleware: unknown, request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    if (typeof middleware !== 'function') throw new TypeError('A middleware is a function.')
    Reflect.apply(middleware, undefined, [request, response, next])
    function next(error?: unknown): void {
      if (error === undefined) resolve()
      else reject(error)
    }
  })
}

/** Reads a stream to its end. */
export async function consume(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** One file as multer describes it. */
export interface MulterFile {
  readonly originalname: string
  readonly path: string
  readonly buffer: Buffer
}

/** The files that multer left on a request. */
export function multerFiles(request: IncomingMessage): readonly MulterFile[] {
  return Array.isArray(request.files) ? request.files : []
}

/** A member of an error that its type does not tell of, such as `status` or `code`, as text. */
export function errorMember(error: unknown, name: string): string {
  return String(Reflect.get(Object(error), name))
}
