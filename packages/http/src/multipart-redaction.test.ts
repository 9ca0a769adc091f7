import { multipart } from '@span-artifacts/http-testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { looksLikeJson } from './content-types.js'
import { redactMultipart } from './multipart-redaction.js'
import { createBodyRedactor } from './redaction-option.js'

const redactor = createBodyRedactor()!

function redact(body: Uint8Array, contentType: string): string | undefined {
  const result = redactMultipart(body, contentType, { redactor, truncated: false })
  if (result.kind === 'failed') return undefined
  return Buffer.from(result.kind === 'clean' ? body : result.bytes).toString('latin1')
}

const account = (secret: string, json: string): ReturnType<typeof multipart> =>
  multipart([
    { name: 'user', content: 'ada' },
    { name: 'password', content: secret },
    { name: 'data', content: json },
    { name: 'file', filename: 'token.bin', contentType: 'image/png', content: Buffer.from([0, 255, 13, 10]) },
    { name: 'api_key', content: '' },
  ])

describe('a raw multipart body', () => {
  test('loses the content of sensitive parts and nothing else', () => {
    const { body, headers } = account('hunter2', '{"a":1,"secret":"x"}')
    const expected = account('[redacted]', '{"a":1,"secret":"[redacted]"}').body.toString('latin1')
    expect(redact(body, headers['content-type'])).toBe(
      expected.replace('"api_key"\r\n\r\n', '"api_key"\r\n\r\n[redacted]'),
    )
  })

  test('is itself when nothing is sensitive, whatever its parts contain', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.stringMatching(/^[b-d]{1,5}$/), content: fc.uint8Array() })),
        (parts) => {
          const { body, headers } = multipart(parts)
          fc.pre(parts.every(({ content }) => !content.some((byte) => byte > 0x20) || !looksLikeJson(content)))
          expect(redact(body, headers['content-type'])).toBe(body.toString('latin1'))
        },
      ),
    )
  })

  test.each([
    ['without quotes', 'Content-Disposition: form-data; name=password'],
    ['in another order and case', 'content-disposition: FORM-DATA; x=1; NAME="password"'],
    ['below another header', 'X-Other: 1\r\nContent-Disposition: form-data; name="password"'],
    ['with escaped quotes', 'Content-Disposition: form-data; name="\\"my\\" password"'],
    ['on a line of its own', 'Content-Disposition: form-data;\r\n\tname="password"'],
    ['behind another that looks like it', 'Content-Disposition: form-data; x="; name=user"; name="password"'],
    ['encoded', "Content-Disposition: form-data; name*=UTF-8''%70assword"],
    ['encoded, and harmless beside it', `Content-Disposition: form-data; name="user"; name*=UTF-8''%70assword`],
    ['nowhere', 'Content-Disposition: form-data'],
    ['in no header at all', 'Content-Type: text/plain'],
  ])('is understood when the name stands %s', (_, header) => {
    const body = Buffer.from(`--b\r\n${header}\r\n\r\nhunter2\r\n--b--\r\n`)
    expect(redact(body, 'multipart/form-data; boundary=b')).toBe(`--b\r\n${header}\r\n\r\n[redacted]\r\n--b--\r\n`)
  })

  test('that is cut off loses the rest of the sensitive part', () => {
    const body = Buffer.from('--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunt')
    expect(redact(body, 'multipart/form-data; boundary=b')).not.toContain('hunt')
  })

  test('keeps what follows its end', () => {
    const body = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--b--\r\nan epilogue\r\n\r\nfor nobody'
    expect(redact(Buffer.from(body), 'multipart/form-data; boundary=b')).toBe(body)
  })

  test.each([
    ['before its first part', (part: string, end: string) => `a preamble: ${part}\r\n--b\r\n\r\nx\r\n${end}`],
    ['behind its end', (part: string, end: string) => `--b\r\n\r\nx\r\n${end}${part}`],
    ['in a part that nobody can find', (part: string) => `--b\r\n\r\nx\r\n--b\n${part.replaceAll('\r', '')}`],
  ])('loses what may be secret %s', (_, write) => {
    const part = '--c\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2'
    const redacted = redact(Buffer.from(write(part, '--b--\r\n')), 'multipart/mixed; boundary=b')
    expect(redacted).toMatch(/\[redacted\]/)
    expect(redacted).toContain('--b\r\n\r\nx\r\n')
    expect(redacted).not.toContain('hunter2')
  })

  test.each([
    ['JSON in UTF-16', 'text/plain', Buffer.from('{"password":"hunter2"}', 'utf16le'), '[redacted]'],
    [
      'JSON in UTF-16 with a mark',
      'application/json',
      Buffer.from('\uFEFF{"password":"hunter2"}', 'utf16le'),
      '{"password":"[redacted]"}',
    ],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&password=hunter2', 'a=1&password=%5Bredacted%5D'],
    ['a form in a form', 'multipart/mixed; boundary=c', '--c\r\nX: y; name="password"\r\n\r\nhunter2', '[redacted]'],
    ['a request', 'application/http', 'POST / HTTP/1.1\r\n\r\n{"password":"hunter2"}', '[redacted]'],
    ['parts without a secret', 'multipart/mixed; boundary=c', '--c\r\n\r\nx\r\n--c--', '--c\r\n\r\nx\r\n--c--'],
  ])('has parts that are %s', (_, type, content, expected) => {
    const { body, headers } = multipart([{ name: 'data', content: 'CONTENT' }])
    const [before, after] = body
      .toString('latin1')
      .replace('\r\n\r\n', `\r\nContent-Type: ${type}\r\n\r\n`)
      .split('CONTENT')
    const whole = Buffer.concat([Buffer.from(before ?? ''), Buffer.from(content), Buffer.from(after ?? '')])
    expect(redact(whole, headers['content-type'])).toBe(`${before}${expected}${after}`)
  })

  test('has a field that is a JSON string of JSON', () => {
    const { body, headers } = multipart([{ name: 'data', content: JSON.stringify('{"password":"hunter2"}') }])
    expect(redact(body, headers['content-type'])).toBe(body.toString().replace('hunter2', '[redacted]'))
  })

  test('of another kind has parts without names, which are kept', () => {
    const body = '--b\r\nContent-Type: application/json\r\n\r\n{"a":1,"token":"x"}\r\n--b\r\n\r\nbytes\r\n--b--'
    expect(redact(Buffer.from(body), 'multipart/related; boundary=b')).toBe(body.replace('"x"', '"[redacted]"'))
  })

  test('is shown to a function of the application part by part, but for its files', () => {
    const upperCase = createBodyRedactor((text) => text.toUpperCase())!
    const { body, headers } = multipart([
      { name: 'a', content: 'text' },
      { name: 'b', content: '{"j":1}' },
      { name: 'c', filename: 'c.txt', content: 'file' },
    ])
    const result = redactMultipart(body, headers['content-type'], { redactor: upperCase, truncated: false })
    const redacted = result.kind === 'redacted' ? Buffer.from(result.bytes).toString() : ''
    expect(redacted).toBe(body.toString().replace('text\r', 'TEXT\r').replace('{"j":1}', '{"J":1}'))
  })

  test.each([
    ['has no boundary', 'multipart/form-data', '--b\r\n\r\nx\r\n--b--'],
    [
      'has a boundary of thousands of characters',
      `multipart/form-data; boundary=${'-'.repeat(7000)}`,
      '-'.repeat(9000),
    ],
    [
      'has a header of megabytes',
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data;${' '.repeat(9_000_000)}\r\n\r\nx\r\n--b--`,
    ],
    [
      'has a header of megabytes without an end',
      'multipart/form-data; boundary=b',
      `--b\r\n\r\nx\r\n--b\r\n${'a: b\r\n'.repeat(1_000_000)}`,
    ],
    [
      'has parts that only some parsers see',
      'multipart/form-data; boundary=b',
      '--b\r\n\r\nx\n--b\nContent-Disposition: form-data; name="password"\n\nhunter2\r\n--b--',
    ],
    [
      'has a header that ends earlier for some parsers',
      'multipart/form-data; boundary=b',
      '--b\nContent-Disposition: form-data; name="a"\n\nhunter2\r\n--b\r\n\r\nx\r\n--b--',
    ],
    ['does not contain its boundary', 'multipart/form-data; boundary=other', '--b\r\n\r\nx\r\n--b--'],
  ])('that %s cannot be looked into', (_, type, body) => expect(redact(Buffer.from(body), type)).toBeUndefined())
})
