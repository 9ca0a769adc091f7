import { multipart } from '@span-artifacts/http-testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactMultipart } from './multipart-redaction.js'
import { createBodyRedactor } from './redaction-option.js'

const redactor = createBodyRedactor()!

function redact(body: Uint8Array, contentType: string): string | undefined {
  const result = redactMultipart(body, contentType, redactor)
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
          fc.pre(parts.every(({ content }) => ![0x5b, 0x7b].includes(content.find((byte) => byte > 0x20) ?? 0)))
          const redacted = redact(body, headers['content-type'])
          expect(redacted).toBe(parts.length === 0 ? undefined : body.toString('latin1'))
        },
      ),
    )
  })

  test.each([
    ['without quotes', 'Content-Disposition: form-data; name=password'],
    ['in another order and case', 'content-disposition: FORM-DATA; x=1; NAME="password"'],
    ['below another header', 'X-Other: 1\r\nContent-Disposition: form-data; name="password"'],
    ['with escaped quotes', 'Content-Disposition: form-data; name="\\"my\\" password"'],
  ])('is understood when the name stands %s', (_, header) => {
    const body = Buffer.from(`--b\r\n${header}\r\n\r\nhunter2\r\n--b--\r\n`)
    expect(redact(body, 'multipart/form-data; boundary=b')).toBe(`--b\r\n${header}\r\n\r\n[redacted]\r\n--b--\r\n`)
  })

  test('that is cut off loses the rest of the sensitive part', () => {
    const body = Buffer.from('--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunt')
    expect(redact(body, 'multipart/form-data; boundary=b')).not.toContain('hunt')
  })

  test.each([
    ['has no boundary', 'multipart/form-data', '--b\r\n\r\nx\r\n--b--'],
    ['does not contain its boundary', 'multipart/form-data; boundary=other', '--b\r\n\r\nx\r\n--b--'],
  ])('that %s cannot be looked into', (_, type, body) => expect(redact(Buffer.from(body), type)).toBeUndefined())
})
