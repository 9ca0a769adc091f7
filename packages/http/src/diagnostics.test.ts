import { diag, DiagLogLevel } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBodyRedactor } from './redaction-option.js'

const SECRET = 'hunter2-correct-horse {'
const COALESCE_MS = 30_000

const logged: string[] = []
const ignore = (): void => {}
const warn = (...words: unknown[]): void => void logged.push(words.join(' '))

beforeEach(() => {
  vi.useFakeTimers()
  diag.setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN })
})
afterEach(() => {
  // Warnings of one kind wait for each other.
  vi.advanceTimersByTime(2 * COALESCE_MS)
  vi.useRealTimers()
  diag.disable()
  logged.length = 0
})

test.each<[string, (text: string) => unknown]>([
  ['an error that quotes it', (text) => new Error(text)],
  ['one that quotes it as if it were a place', (text) => new Error(`a message\n    at ${text}`)],
  ['one without a message that had one', (text) => Object.assign(new Error(`\n    at ${text}`), { message: '' })],
  ['one that is named after it', (text) => Object.assign(new Error('renamed'), { name: text })],
  ['one whose stack is it', (text) => Object.assign(new Error('stacked'), { stack: `Error: stacked ${text}` })],
  ['the text itself', (text) => text],
  [
    'an error that cannot be read',
    (text) =>
      Object.defineProperty(new Error(text), 'name', {
        get() {
          throw new Error(text)
        },
      }),
  ],
])('no log has what a redaction of the application was given and throws: %s', (_, failure) => {
  const redactor = createBodyRedactor((text) => {
    throw failure(text)
  })
  expect(redactor?.redactText(SECRET, 'application/json', false)).toBeUndefined()
  expect(logged).toEqual([expect.stringContaining('redaction: ')])
  expect(logged[0]).not.toContain('hunter2')
})

test.each([
  ['of a message', new TypeError('a mistake'), /redaction: TypeError at .*diagnostics\.test/],
  ['of no message', new RangeError(), /redaction: RangeError at .*diagnostics\.test/],
  ['of a message of several lines', new Error('two\n    at lines'), /redaction: Error at .*diagnostics\.test/],
])('a log has the name and the place of an error %s', (_, error, expected) => {
  const redactor = createBodyRedactor(() => {
    throw error
  })
  redactor?.redactText('[]', 'application/json', false)
  expect(logged[0]).toMatch(expected)
})
