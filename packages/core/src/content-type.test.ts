import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { detectContentType, isContentType, withCharset } from './content-type.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const tar = Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar\u000000')])

describe('the content type', () => {
  test.each([
    ['chart.png', 'image/png'],
    ['CHART.PNG', 'image/png'],
    ['report.pdf', 'application/pdf'],
    ['archive.tar.gz', 'application/gzip'],
    ['voice.mp3', 'audio/mpeg'],
    ['video.MKV', 'video/matroska'],
    ['sheet.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ])('of %s is %s, whatever the bytes', (filename, expected) => {
    expect(detectContentType(bytes('anything'), { filename })).toBe(expected)
  })

  test.each([
    ['image/png', latin('\u0089PNG\r\n\u001a\n----')],
    ['image/jpeg', latin('\u00ff\u00d8\u00ff\u00e0--JFIF')],
    ['image/gif', latin('GIF89a--')],
    ['image/webp', latin('RIFF\u0001\u0002\u0003\u0004WEBPVP8 ')],
    ['audio/wav', latin('RIFF\u0001\u0002\u0003\u0004WAVEfmt ')],
    ['image/avif', latin('\u0000\u0000\u0000\u001cftypavif')],
    ['video/mp4', latin('\u0000\u0000\u0000\u0018ftypmp42')],
    ['audio/mp4', latin('\u0000\u0000\u0000\u0018ftypM4A ')],
    ['video/webm', latin('\u001a\u0045\u00df\u00a3\u0001')],
    ['audio/mpeg', latin('ID3\u0004')],
    ['audio/mpeg', latin('\u00ff\u00fb\u0090')],
    ['audio/ogg', latin('OggS\u0000')],
    ['application/pdf', latin('%PDF-1.7\n%')],
    ['application/zip', latin('PK\u0003\u0004\u0014')],
    ['application/gzip', gzipSync('x')],
    ['application/x-tar', tar],
    ['text/html; charset=utf-8', bytes('\n <!DOCTYPE html><html>')],
    ['image/svg+xml', bytes('<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg">')],
    ['text/xml; charset=utf-8', bytes('<?xml version="1.0"?><feed/>')],
    ['text/plain; charset=utf-8', bytes('grüße')],
    ['application/octet-stream', new Uint8Array([0, 1, 2, 3])],
    ['application/octet-stream', new Uint8Array()],
  ])('without a name is %s by its first bytes', (expected, head) => {
    expect(detectContentType(head)).toBe(expected)
  })

  test('of program text is not that of a rare format with the same extension', () => {
    expect(detectContentType(bytes('export {}'), { filename: 'index.ts' })).toBe('text/plain; charset=utf-8')
  })

  test.each(['x.constructor', 'x.__proto__', '__proto__', 'constructor', 'x.CONSTRUCTOR'])(
    'of a name such as %s, which every object has a member for, comes from the bytes',
    (filename) => {
      expect(detectContentType(latin('%PDF-1.4'), { filename })).toBe('application/pdf')
    },
  )

  test('of a name that says nothing comes from the bytes', () => {
    expect(detectContentType(latin('%PDF-1.4'), { filename: 'upload' })).toBe('application/pdf')
    expect(detectContentType(latin('%PDF-1.4'), { filename: 'upload.unknownext' })).toBe('application/pdf')
  })
})

describe('the charset of text', () => {
  test('is utf-8 where the bytes are', () => {
    expect(detectContentType(bytes('a,ü'), { filename: 'table.csv' })).toBe('text/csv; charset=utf-8')
  })

  test('is told by a byte order mark', () => {
    expect(withCharset('text/plain', latin('\u00ff\u00feh\u0000'))).toBe('text/plain; charset=utf-16le')
    expect(withCharset('text/plain', latin('\u00fe\u00ff\u0000h'))).toBe('text/plain; charset=utf-16be')
  })

  test('is left out where the bytes are something else', () => {
    expect(withCharset('text/plain', latin('gr\u00fc\u00dfe'))).toBe('text/plain')
  })

  test('is kept where the type names one', () => {
    expect(withCharset('text/plain; charset=iso-8859-1', bytes('x'))).toBe('text/plain; charset=iso-8859-1')
  })

  test('survives a character that the end of the head cuts in two', () => {
    const text = bytes(`${'x'.repeat(4095)}ü`).subarray(0, 4096)
    expect(withCharset('text/plain', text)).toBe('text/plain; charset=utf-8')
  })
})

test.each([
  ['image/png', true],
  ['text/plain; charset=utf-8', true],
  ['application/vnd.api+json', true],
  ['png', false],
  ['image/', false],
  ['text/plain ; charset=utf-8', true],
  ['image/png\r\nx-evil: 1', false],
  ['image/png\r\n;x', false],
  ['image/png\u2028;x', false],
  ['image/png\u00a0;x', false],
  ['image/png;\tx', false],
  [`image/${'x'.repeat(300)}`, false],
])('whether %j is a content type: %s', (value, expected) => {
  expect(isContentType(value)).toBe(expected)
})
