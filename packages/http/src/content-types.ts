/**
 * Content types whose bodies are captured unless `contentTypes` says otherwise. A `*` stands for any run of
 * characters. Server-sent events are left out: they can last for days.
 */
export const DEFAULT_CONTENT_TYPES: readonly string[] = Object.freeze([
  'application/json',
  'application/*+json',
  'application/json-seq',
  'application/x-ndjson',
  'application/jsonl',
  'application/graphql',
  'application/xml',
  'application/*+xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/javascript',
  'application/yaml',
  'application/x-yaml',
  'application/toml',
  'text/*',
  'image/*',
  'audio/*',
  'video/*',
  'application/pdf',
  'application/msgpack',
  'application/x-msgpack',
  'application/vnd.msgpack',
  'application/protobuf',
  'application/x-protobuf',
  'application/vnd.google.protobuf',
  'application/octet-stream',
])

const EVENT_STREAM = 'text/event-stream'
/** Of React Server Components: numbered rows of JSON. */
const FLIGHT_ROWS = 'text/x-component'

/**
 * `text/*` must not let these in; naming one in `contentTypes` does. Streams of events have no end, and the secrets in the rows
 * of React are not found.
 */
const ONLY_WHEN_NAMED: ReadonlySet<string> = new Set([EVENT_STREAM, FLIGHT_ROWS])

/** The content type that a body without a `Content-Type` header has (RFC 9110 §8.3). */
export const UNKNOWN_CONTENT_TYPE = 'application/octet-stream'

/** What a body's content type means for redaction and for the text preview. */
export type BodyFormat = 'json' | 'json-lines' | 'events' | 'form' | 'multipart' | 'text' | 'binary'

const JSON_TYPE = /^(?:(?:application|text)\/(?:json|csp-report)|[^/;]+\/[^;]+\+json)$/
const JSON_LINES_TYPE = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json-seq|stream\+json)$/
const TEXT_TYPE =
  /^(?:text\/.+|application\/(?:graphql|xml|javascript|x-javascript|yaml|x-yaml|toml|sql|[^;]+\+xml)|image\/svg\+xml)$/

/** What a `Content-Type` header says. */
export interface ContentType {
  /**
   * The header itself, with spaces for tabs, which RFC 9110 §5.6.3 allows and references do not. Always the same string: a new
   * one for each request would have to be hashed wherever it is looked up.
   */
  readonly header: string
  /** Lower case, without parameters. */
  readonly mediaType: string
  readonly format: BodyFormat
  /** Of a text, lower case; `undefined` where the header does not say. */
  readonly charset: string | undefined
  /** Of a multipart body; `undefined` where the header has none, or one that is too long to be searched for. */
  readonly boundary: string | undefined
}

/**
 * RFC 2046, section 5.1.1, allows 70 characters; some senders take a few more. To search for thousands of them takes seconds
 * where the body nearly repeats them.
 */
const MAX_BOUNDARY_LENGTH = 200

/** Most requests have one of a few content types, but a client may invent more: remember only so many. */
const MAX_REMEMBERED_TYPES = 256
const remembered = new Map<string, ContentType>()

/** The last few, to be compared with at once: to hash a string that was just received takes longer. */
const recent: { readonly header: string; readonly parsed: ContentType }[] = []
const MAX_RECENT_TYPES = 4
let nextRecent = 0

/** Takes a `Content-Type` header apart (RFC 9110 §8.3). */
export function parseContentType(header: string): ContentType {
  for (const known of recent) if (known.header === header) return known.parsed
  let parsed = remembered.get(header)
  if (parsed === undefined) {
    const end = header.indexOf(';')
    const mediaType = (end === -1 ? header : header.slice(0, end)).trim().toLowerCase()
    const format = bodyFormat(mediaType)
    const boundary = parameter(header, 'boundary')
    parsed = {
      header: header.replaceAll('\t', ' '),
      mediaType,
      format,
      charset: charsetName(parameter(header, 'charset')),
      boundary: boundary !== undefined && boundary.length <= MAX_BOUNDARY_LENGTH ? boundary : undefined,
    }
    if (remembered.size >= MAX_REMEMBERED_TYPES) remembered.clear()
    remembered.set(header, parsed)
  }
  recent[nextRecent] = { header, parsed }
  nextRecent = (nextRecent + 1) % MAX_RECENT_TYPES
  return parsed
}

/** Whether a charset is UTF-8, which texts are in unless they say otherwise. */
export function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf-8'
}

/** Parsers of bodies take `'UTF_8'` too. */
function charsetName(label: string | undefined): string | undefined {
  const name = label?.toLowerCase()
  return name?.replaceAll(/[^a-z\d]/g, '') === 'utf8' ? 'utf-8' : name
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(header)
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2]
}

function bodyFormat(mediaType: string): BodyFormat {
  if (JSON_LINES_TYPE.test(mediaType)) return 'json-lines'
  if (JSON_TYPE.test(mediaType)) return 'json'
  if (mediaType === 'application/x-www-form-urlencoded') return 'form'
  if (mediaType.startsWith('multipart/')) return 'multipart'
  if (mediaType === EVENT_STREAM) return 'events'
  return TEXT_TYPE.test(mediaType) ? 'text' : 'binary'
}

const SPACE = 0x20
const OPENING_BRACE = 0x7b
const OPENING_BRACKET = 0x5b
/** More bytes of byte order marks are no mark, but what is called binary and may be long. */
const MAX_MARK_BYTES = 8

/**
 * Whether a text may be JSON whatever its content type says: browsers send JSON as `text/plain` when `fetch` is given a
 * string. The first character that is no white space and no byte order mark tells; where there is none yet, it may be. In
 * UTF-16 and UTF-32 there are zeros and other byte order marks before it.
 *
 * @param chunks the text, or its beginning, in order
 */
export function looksLikeJson(...chunks: readonly Uint8Array[]): boolean {
  let markBytes = 0
  for (const chunk of chunks) {
    // Neither `find`, which calls a function for each byte, nor the iterator, which takes ten times as long where all are zero.
    for (let place = 0; place < chunk.length; place += 1) {
      const byte = chunk[place] ?? 0
      if (byte === OPENING_BRACE || byte === OPENING_BRACKET) return true
      if (byte <= SPACE) continue
      markBytes += 1
      if (!isMarkByte(byte) || markBytes > MAX_MARK_BYTES) return false
    }
  }
  return true
}

/** Whether U+FEFF has such a byte in UTF-8, UTF-16 or UTF-32. */
function isMarkByte(byte: number): boolean {
  return byte >= 0xfe || byte === 0xef || byte === 0xbb || byte === 0xbf
}

/**
 * Compiles an allow-list of content types.
 *
 * @param patterns media types in which `*` stands for any run of characters: `image/*`, `application/*+json`, `*`
 * @returns whether a body with this `Content-Type` is captured
 */
export function contentTypeFilter(patterns: readonly string[]): (contentType: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const escaped = pattern
      .trim()
      .toLowerCase()
      .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    return new RegExp(`^${escaped.replaceAll('*', '.*')}$`)
  })
  const named = new Set(patterns.map((pattern) => pattern.trim().toLowerCase()))
  const known = new WeakMap<ContentType, boolean>()
  return (contentType) => {
    const type = parseContentType(contentType)
    let allowed = known.get(type)
    if (allowed === undefined) {
      const { mediaType } = type
      allowed = ONLY_WHEN_NAMED.has(mediaType)
        ? named.has(mediaType)
        : expressions.some((expression) => expression.test(mediaType))
      known.set(type, allowed)
    }
    return allowed
  }
}
