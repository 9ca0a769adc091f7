import { afterEach, expect, test, vi } from 'vitest'
import { base64, png } from '../test-fixtures/media.js'
import { decodeBase64, encodeBase64 } from './base64.js'
import { createDecodedMedia } from './decoded-media.js'

const MEBIBYTE = 1024 * 1024

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('the same text gives the same buffer, as long as it is in use', () => {
  vi.useFakeTimers()
  const { decode } = createDecodedMedia()
  const text = base64(png(5000))
  const first = decode(text)
  expect(first).toEqual(png(5000))
  vi.advanceTimersByTime(50_000)
  expect(decode(` ${text}`.trim())).toBe(first)
  vi.advanceTimersByTime(50_000)
  expect(decode(text)).toBe(first)
  vi.advanceTimersByTime(61_000)
  expect(decode(text)).not.toBe(first)
})

test('no more than 32 MiB are kept: the buffer that was asked for longest ago goes first', () => {
  const { decode } = createDecodedMedia()
  const texts = [1, 2, 3].map((seed) => base64(png(15 * MEBIBYTE, seed)))
  const [first, second] = texts.map((text) => decode(text))
  // Compared by hand: a matcher would describe the megabytes.
  expect(decode(texts[1]!) === second).toBe(true)
  expect(decode(texts[0]!) === first).toBe(false)
  const large = base64(png(33 * MEBIBYTE))
  expect(decode(large) === decode(large)).toBe(false)
})

test('a text that is no base64 counts as well, although nothing is in it', () => {
  const { decode } = createDecodedMedia()
  const image = base64(png(5000))
  const first = decode(image)
  for (let count = 0; count < 50; count += 1) decode(`${'!'.repeat(MEBIBYTE)}${count}`)
  expect(decode(image)).not.toBe(first)
})

test.each([
  ['Node', true],
  ['a runtime without Buffer', false],
])('base64 is read and written in %s', (_name, hasBuffer) => {
  const bytes = png(20_001)
  const text = base64(bytes)
  const urlSafe = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const withLines = text.replaceAll(/.{76}/g, '$&\r\n')
  const damaged = `${text.slice(0, 50)}*${text.slice(50)}`
  if (!hasBuffer) vi.stubGlobal('Buffer', undefined)
  expect(decodeBase64('!!!!A')).toEqual(new Uint8Array())
  expect(decodeBase64('QUJD=QUJD')).toEqual(new Uint8Array([65, 66, 67]))
  for (const form of [text, urlSafe, withLines, damaged]) expect(decodeBase64(form)).toEqual(bytes)
  expect(encodeBase64(bytes)).toBe(text)
  expect(encodeBase64(bytes.slice().buffer)).toBe(text)
})
