import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeContent, normalizeContentEncoding } from './content-encoding.js'
import { cutText, previewHeadBytes, previewOfHead } from './text-preview.js'

const text = 'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. '.repeat(200)
const compressors = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
}

describe('a preview', () => {
  test('never splits a character and never exceeds its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (any, maxBytes) => {
        const cut = cutText(any, maxBytes)
        expect(any.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
        const next = String.fromCodePoint(any.codePointAt(cut.length) ?? 0x20)
        expect(cut === any || Buffer.byteLength(cut + next) > maxBytes).toBe(true)
      }),
    )
  })

  test.each(Object.entries(compressors))('unfolds the beginning of a body in %s', (contentEncoding, compress) => {
    const head = compress(Buffer.from(text)).subarray(0, previewHeadBytes(40))
    const preview = previewOfHead(head, { contentType: 'text/plain', contentEncoding, previewBytes: 40 })
    expect(preview).toBe(cutText(text, 40))
  })

  test.each([
    ['a binary body', 'image/png', undefined],
    ['a form with files', 'multipart/form-data; boundary=x', undefined],
    ['an unknown charset', 'text/plain; charset=x-unknown', undefined],
    ['an unknown content encoding', 'text/plain', 'x-unknown'],
  ])('is not made of %s', (_, contentType, contentEncoding) => {
    const details = { contentType, contentEncoding, previewBytes: 100 }
    expect(previewOfHead(Buffer.from('anything'), details)).toBeUndefined()
  })

  test('understands the charset of the body', () => {
    const details = { contentType: 'text/plain; charset="ISO-8859-1"', contentEncoding: undefined, previewBytes: 100 }
    expect(previewOfHead(Buffer.from('über', 'latin1'), details)).toBe('über')
  })
})

describe('a content encoding', () => {
  test('may be several, undone from the last to the first', () => {
    const encoded = gzipSync(brotliCompressSync(text))
    expect(decodeContent(encoded, 'br, gzip', { maxBytes: text.length * 2 })?.toString()).toBe(text)
  })

  test('deflate may come without the header that it should have', () => {
    expect(decodeContent(deflateRawSync(text), 'deflate', { maxBytes: text.length * 2 })?.toString()).toBe(text)
  })

  test.each(Object.entries(compressors))(
    '%s is given up beyond the limit, and where it is damaged',
    (coding, compress) => {
      const encoded = compress(Buffer.from(text))
      expect(decodeContent(encoded, coding, { maxBytes: 1000 })).toBeUndefined()
      expect(decodeContent(encoded.subarray(0, -5), coding, { maxBytes: text.length * 2 })).toBeUndefined()
    },
  )

  test.each(Object.entries(compressors))('%s is given up where something follows its end', (coding, compress) => {
    const encoded = compress(Buffer.from(text))
    for (const rest of [Buffer.from(text), Buffer.from(`\0${text}`), Buffer.alloc(20)]) {
      expect(decodeContent(Buffer.concat([encoded, rest]), coding, { maxBytes: text.length * 4 })).toBeUndefined()
    }
  })

  test('gzip may have several members, as its format says', () => {
    const twice = Buffer.concat([gzipSync(text), gzipSync(text)])
    expect(decodeContent(twice, 'gzip', { maxBytes: text.length * 4 })?.toString()).toBe(text + text)
  })

  test('zstd is given up where it has several frames, of which Node decodes the first', () => {
    const skippable = Buffer.from('502a4d180400000001020304', 'hex')
    for (const first of [zstdCompressSync(text), zstdCompressSync(''), skippable]) {
      const frames = Buffer.concat([first, zstdCompressSync(text)])
      expect(decodeContent(frames, 'zstd', { maxBytes: text.length * 4 })).toBeUndefined()
    }
  })

  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    [' GZIP , identity,br', 'gzip, br'],
  ])('%j is normalised to %j', (header, normalized) => expect(normalizeContentEncoding(header)).toBe(normalized))
})
