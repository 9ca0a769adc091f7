import { describe, expect, test } from 'vitest'
import { HttpMessageReader, type MessagePart } from './http-message-reader.js'

const reader = (): HttpMessageReader => new HttpMessageReader(() => false)
const summary = (parts: MessagePart[]): unknown[] =>
  parts.map(({ bytes, head, last }) => [head?.startLine, bytes.length, last])

const TWO_MESSAGES =
  'PUT /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello' +
  'POST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwiki\r\n1;x=y\r\n!\r\n0\r\nTrailer: z\r\n\r\n' +
  'GET /c HTTP/1.1\r\n\r\n'

describe('the reader of HTTP messages', () => {
  test('tells where each message of a connection ends', () => {
    const parts = reader().push(Buffer.from(TWO_MESSAGES))
    expect(summary(parts)).toEqual([
      ['PUT /a HTTP/1.1', 38, false],
      [undefined, 5, true],
      ['POST /b HTTP/1.1', 48, false],
      [undefined, 36, true],
      ['GET /c HTTP/1.1', 19, true],
    ])
    expect(parts[0]?.head?.totalBytes).toBe(43)
    expect(parts[2]?.head?.totalBytes).toBeUndefined()
  })

  test('finds the same messages whatever pieces the bytes come in', () => {
    for (let pieceBytes = 1; pieceBytes < 40; pieceBytes += 1) {
      const one = reader()
      const seen: string[] = []
      let carried = ''
      let ends = 0
      for (let at = 0; at < TWO_MESSAGES.length; at += pieceBytes) {
        for (const part of one.push(Buffer.from(TWO_MESSAGES.slice(at, at + pieceBytes)))) {
          if (part.head) seen.push(part.head.startLine)
          if (part.last) ends += 1
          carried += part.bytes.toString()
        }
      }
      expect(seen).toEqual(['PUT /a HTTP/1.1', 'POST /b HTTP/1.1', 'GET /c HTTP/1.1'])
      expect(ends).toBe(3)
      expect(carried).toBe(TWO_MESSAGES)
    }
  })

  test('reads an answer without a length until the connection closes', () => {
    const one = reader()
    expect(summary(one.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc')))).toEqual([
      ['HTTP/1.1 200 OK', 19, false],
      [undefined, 3, false],
    ])
    expect(summary(one.push(Buffer.from('def')))).toEqual([[undefined, 3, false]])
  })

  test('takes an answer for bodyless when it is told so', () => {
    const one = new HttpMessageReader((startLine) => startLine.includes(' 204 '))
    const parts = one.push(Buffer.from('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
    expect(summary(parts)).toEqual([
      ['HTTP/1.1 204 No Content', 27, true],
      ['HTTP/1.1 200 OK', 38, false],
      [undefined, 2, true],
    ])
  })

  test('refuses a head without an end', () => {
    expect(() => reader().push(Buffer.alloc(70_000, 'x'))).toThrow(/over 65536 bytes/)
  })
})
