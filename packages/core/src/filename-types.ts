import { mimes } from 'mrmime'

/** What the small table of `mrmime` leaves out: vendors' types and unregistered ones that everybody uses. */
const furtherTypes: Readonly<Record<string, string>> = {
  '7z': 'application/x-7z-compressed',
  avi: 'video/x-msvideo',
  bz2: 'application/x-bzip2',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  flac: 'audio/flac',
  ico: 'image/x-icon',
  jsonl: 'application/jsonl',
  m4v: 'video/mp4',
  mkv: 'video/matroska',
  msg: 'application/vnd.ms-outlook',
  msgpack: 'application/vnd.msgpack',
  ndjson: 'application/x-ndjson',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  parquet: 'application/vnd.apache.parquet',
  pb: 'application/x-protobuf',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  psd: 'image/vnd.adobe.photoshop',
  rar: 'application/vnd.rar',
  sqlite: 'application/vnd.sqlite3',
  tar: 'application/x-tar',
  tgz: 'application/gzip',
  vcf: 'text/vcard',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xz: 'application/x-xz',
  zst: 'application/zstd',
}

/** Registered for something rare, used for program text: the bytes know better. */
const ambiguousExtensions: ReadonlySet<string> = new Set(['rs', 'ts'])

/** The media type that a filename's extension stands for, or undefined when it stands for none. */
export function typeOfFilename(filename: string): string | undefined {
  const extension = /\.([^.]+)$/.exec(filename)?.[1]?.trim().toLowerCase() ?? ''
  if (ambiguousExtensions.has(extension)) return undefined
  return typeIn(furtherTypes, extension) ?? typeIn(mimes, extension)
}

/** Only what the table itself has: who names a file ends it with `.constructor` too. */
function typeIn(table: Readonly<Record<string, string>>, extension: string): string | undefined {
  return Object.hasOwn(table, extension) ? table[extension] : undefined
}
