import type { RequestHandler } from 'express'
import multer, { MulterError } from 'multer'
import { Problem } from './problem.js'

const MAX_FILE_BYTES = 20 * 1024 * 1024
const MAX_FIELD_BYTES = 64 * 1024
const MAX_FIELDS = 12

const PAYLOAD_TOO_LARGE = 413
const UNSUPPORTED_MEDIA_TYPE = 415
const BAD_REQUEST = 400

/** The files a ticket may have, and their types. */
const ACCEPTED_TYPES: Readonly<Record<string, readonly string[]>> = {
  photo: ['image/jpeg', 'image/png', 'image/webp', 'image/avif'],
  voice: ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm'],
  warranty: ['application/pdf'],
}

/**
 * Reads a ticket's multipart form and writes its files into a directory. What is wrong with the form becomes a
 * {@link Problem}; what is wrong with the disk stays the error it is.
 */
export function acceptUploads(directory: string): RequestHandler {
  const upload = multer({
    dest: directory,
    defParamCharset: 'utf8',
    limits: { fileSize: MAX_FILE_BYTES, files: 3, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES },
    fileFilter(_request, file, accept) {
      const types = ACCEPTED_TYPES[file.fieldname]
      if (types?.includes(file.mimetype)) return accept(null, true)
      const message = `The ${file.fieldname} is of the type ${file.mimetype}; accepted are ${types?.join(', ') ?? 'none'}.`
      accept(new Problem(UNSUPPORTED_MEDIA_TYPE, 'unsupported_file_type', message, { [file.fieldname]: message }))
    },
  }).fields(Object.keys(ACCEPTED_TYPES).map((name) => ({ name, maxCount: 1 })))

  return (request, response, next) => {
    upload(request, response, (error: unknown) =>
      next(error === undefined || error === null ? undefined : explain(error)),
    )
  }
}

function explain(error: unknown): unknown {
  if (error instanceof MulterError) {
    const field = error.field ?? 'form'
    if (error.code === 'LIMIT_FILE_SIZE') {
      const message = `The ${field} is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB.`
      return new Problem(PAYLOAD_TOO_LARGE, 'file_too_large', message, { [field]: message })
    }
    return new Problem(BAD_REQUEST, error.code.toLowerCase(), `${error.message}: ${field}.`, { [field]: error.message })
  }
  // An error of the file system has a code; one of the multipart parser has none.
  if (error instanceof Error && !(error instanceof Problem) && !('code' in error)) {
    return new Problem(BAD_REQUEST, 'malformed_form', `The form could not be read: ${error.message}.`)
  }
  return error
}
