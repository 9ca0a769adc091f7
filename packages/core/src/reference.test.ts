import { describe, expect, test } from 'vitest'
import {
  type ArtifactReference,
  isReferenceMember,
  parseArtifactReference,
  parseArtifactReferences,
  serializeArtifactReference,
  serializeArtifactReferences,
} from './reference.js'

const sha256 = 'a'.repeat(64)
const reference: ArtifactReference = {
  sha256,
  size_bytes: 28_421,
  content_type: 'image/png',
  filename: 'chart.png',
  url: `https://artifacts.example.com/artifacts/${sha256}`,
  content_encoding: 'gzip',
  field: 'avatar',
  truncated: true,
  dropped: 'too_large',
}

describe('a reference', () => {
  test('is written under one wrapping key and read back whole', () => {
    const text = serializeArtifactReference(reference)
    expect(Object.keys(JSON.parse(text))).toEqual(['logfire.artifact'])
    expect(parseArtifactReference(text)).toEqual(reference)
  })

  test.each<Partial<ArtifactReference>>([
    {},
    { filename: 'a "quoted" \\ name', truncated: false },
    { content_type: 'text/plain; title="a\tb"', dropped: 'queue_full' },
    { filename: 'sümmer \u2028 \ud800.png', field: '\u0000\u007f' },
  ])('is written as JSON.stringify writes it: %j', (members) => {
    const written = { sha256, size_bytes: 0, content_type: 'text/plain', ...members }
    expect(serializeArtifactReference(written)).toBe(JSON.stringify({ 'logfire.artifact': written }))
    const list = [written, reference]
    const wrapped = list.map((one) => ({ 'logfire.artifact': one }))
    expect(serializeArtifactReferences(list)).toBe(JSON.stringify(wrapped))
  })

  test('is read from an object, and in the flat form', () => {
    expect(parseArtifactReference({ 'logfire.artifact': reference })).toEqual(reference)
    expect(parseArtifactReference({ type: 'logfire.artifact', ...reference })).toEqual(reference)
    expect(parseArtifactReference(JSON.stringify({ type: 'logfire.artifact', ...reference }))).toEqual(reference)
  })

  test('with every member at its longest usual length stays under 1 KB', () => {
    const longest = { ...reference, filename: 'f'.repeat(255), content_type: `application/${'x'.repeat(100)}` }
    expect(serializeArtifactReference(longest).length).toBeLessThan(1024)
  })

  test('carries no member that it does not know', () => {
    const parsed = parseArtifactReference({ 'logfire.artifact': { ...reference, password: 'hunter2' } })
    expect(parsed).toEqual(reference)
  })

  test.each([
    ['no digest', { ...reference, sha256: undefined }],
    ['an upper-case digest', { ...reference, sha256: 'A'.repeat(64) }],
    ['a short digest', { ...reference, sha256: 'a'.repeat(63) }],
    ['a negative size', { ...reference, size_bytes: -1 }],
    ['a fractional size', { ...reference, size_bytes: 1.5 }],
    ['a size that is text', { ...reference, size_bytes: '1' }],
    ['a size beyond 2^53 - 1', { ...reference, size_bytes: 2 ** 53 }],
    ['no content type', { ...reference, content_type: undefined }],
    ['a content type with a line break', { ...reference, content_type: 'text/plain\r\nx: y' }],
  ])('with %s is none', (_, members) => {
    expect(parseArtifactReference({ 'logfire.artifact': members })).toBeUndefined()
  })

  test.each([
    ['filename', 'a\u0000b'],
    ['filename', 'é'.repeat(128)],
    ['url', 'javascript:alert(1)'],
    ['url', 'not a url'],
    ['url', 7],
    ['field', 'x\ny'],
    ['truncated', 'yes'],
    ['dropped', { reason: 'x' }],
    ['content_encoding', ''],
  ])('loses its optional member %s when that holds %j', (name, value) => {
    const parsed = parseArtifactReference({ 'logfire.artifact': { ...reference, [name]: value } })
    expect(parsed).toEqual({ ...reference, [name]: undefined })
    expect(Object.hasOwn(parsed!, name)).toBe(false)
  })

  test.each([undefined, null, 1, '', 'text', '{', '[]', '{}', [], {}, { 'logfire.artifact': 1 }, { type: 'x' }])(
    'is not read from %j',
    (value) => expect(parseArtifactReference(value)).toBeUndefined(),
  )

  test('is not read from an object whose getter throws', () => {
    const hostile = {
      get 'logfire.artifact'(): never {
        throw new Error('no')
      },
    }
    expect(parseArtifactReference(hostile)).toBeUndefined()
  })
})

describe('several references', () => {
  test('are written as an array and read back in order', () => {
    const other = { ...reference, sha256: 'b'.repeat(64) }
    expect(parseArtifactReferences(serializeArtifactReferences([reference, other]))).toEqual([reference, other])
  })

  test('are read from one reference too, and from nothing as none', () => {
    expect(parseArtifactReferences(serializeArtifactReference(reference))).toEqual([reference])
    expect(parseArtifactReferences('hello')).toEqual([])
    expect(parseArtifactReferences([1, { 'logfire.artifact': reference }, null])).toEqual([reference])
  })
})

test('a member is recognised by its name and its value', () => {
  expect(isReferenceMember('filename', 'session-log.pdf')).toBe(true)
  expect(isReferenceMember('filename', { password: 'x' })).toBe(false)
  expect(isReferenceMember('password', 'x')).toBe(false)
  expect(isReferenceMember('constructor', 'x')).toBe(false)
})
