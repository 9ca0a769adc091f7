import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayNeedRedaction, redactText } from './redaction.js'
import { DEFAULT_SENSITIVE_KEYS, isSensitiveKey } from './sensitive-keys.js'

const JSON_TYPE = { contentType: 'application/json' }
const FORM_TYPE = { contentType: 'application/x-www-form-urlencoded' }
const mayNeed = (text: string): boolean => mayNeedRedaction([Buffer.from(text)], JSON_TYPE)

/** What keys are made of: the words of the patterns, halves of them, and everything that may stand between. */
const KEY_PIECES = [
  'pass word wd phrase code pwd secret token tokens count credential bearer jwt api private access signing encryption key',
  'auth or author is iz session cookie csrf xsrf credit card number num no social security ssn cvv cvc otp name sign',
  's ss n o tp cre ken to oken ication se ssion coo kie Author passenger className lessn rapid discards a 1 é',
]
  .join(' ')
  .split(' ')
const SEPARATORS = [
  '',
  '',
  '',
  '_',
  '-',
  '.',
  ' ',
  '__',
  '"',
  '\\',
  '/',
  '\n',
  ':',
  '\u212a',
  '\u0130',
  '\ufeff',
  '[',
  '\u00e1',
]

const anyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      upper.map((isUpper, index) => (isUpper ? text.charAt(index).toUpperCase() : text.charAt(index))).join(''),
    )

const word = fc
  .constantFrom(...KEY_PIECES)
  .chain((piece) =>
    fc.oneof(fc.constant(piece), fc.constant(`${piece.slice(0, 1).toUpperCase()}${piece.slice(1)}`), anyCase(piece)),
  )

const key = fc
  .array(fc.tuple(word, fc.constantFrom(...SEPARATORS)), { minLength: 1, maxLength: 4 })
  .map((words) => words.flat().join(''))

/** A string as JSON may write it: any of its characters as an escape. */
const written = (text: string): fc.Arbitrary<string> =>
  fc.infiniteStream(fc.integer({ min: 0, max: 11 })).map((dice) => {
    const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    return `"${units.map((unit) => writtenUnit(unit, dice.next().value)).join('')}"`
  })

function writtenUnit(unit: number, dice: number): string {
  const digits = unit.toString(16).padStart(4, '0')
  if (dice === 0) return `\\u${digits}`
  if (dice === 1) return `\\u${digits.toUpperCase()}`
  if (dice === 2 && unit === 0x2f) return String.raw`\/`
  return JSON.stringify(String.fromCharCode(unit)).slice(1, -1)
}

/** Plainly written as a rule: most senders escape nothing. */
const writtenKey = key.chain((text) =>
  fc
    .oneof({ weight: 4, arbitrary: fc.constant(JSON.stringify(text)) }, written(text))
    .map((token) => ({ text, token })),
)

const value = fc.constantFrom('"x"', '1', '{"a":[]}', '["b"]', 'true', ' "\\u00e9" ', '"\\\\"')

interface Document {
  readonly text: string
  readonly keys: readonly string[]
}

type Place = 'member' | 'nested' | 'named' | 'named last' | 'pair'

/** A key in one of the places where keys stand. */
function writtenMember(token: string, { held, space, place }: { held: string; space: string; place: Place }): string {
  const member = `${token}${space}:${held}`
  if (place === 'nested') return `"n":[{${member}}]`
  if (place === 'named') return `"n":{"name":${token}${space},"value":${held}}`
  if (place === 'named last') return `"n":{"value":${held},"a":[${held}],${space}"name":${space}${token}}`
  return place === 'pair' ? `"n":[${space}${token}${space},${held}]` : member
}

/** Documents with the keys that they hold, on all levels. */
const document: fc.Arbitrary<Document> = fc
  .array(
    fc.record({
      key: writtenKey,
      held: value,
      space: fc.constantFrom('', ' ', '\n\t'),
      place: fc.constantFrom<Place>('member', 'member', 'nested', 'named', 'named last', 'pair'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((members) => ({
    keys: members.map((member) => member.key.text),
    text: `{${members.map((member) => writtenMember(member.key.token, member)).join(',')}}`,
  }))
  .chain((inner) =>
    fc.constantFrom(
      inner,
      { ...inner, text: `\ufeff${inner.text}\n` },
      { ...inner, text: `[${inner.text},${inner.text}]` },
      { ...inner, text: `${inner.text}\n${inner.text}` },
      // JSON in a string of JSON, once and twice.
      { ...inner, text: JSON.stringify({ body: inner.text }) },
      { ...inner, text: JSON.stringify({ body: JSON.stringify({ body: inner.text }) }) },
    ),
  )

const chunked = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place))
}

describe('a body that is told to be clean by its bytes', () => {
  test('holds no sensitive key, however it is written', () => {
    let clean = 0
    fc.assert(
      fc.property(document, fc.array(fc.nat(), { maxLength: 3 }), ({ text, keys }, cuts) => {
        if (mayNeedRedaction(chunked(Buffer.from(text), cuts), JSON_TYPE)) return
        clean += 1
        expect(keys.filter((candidate) => isSensitiveKey(candidate))).toEqual([])
        expect(redactText(text, JSON_TYPE).state).not.toBe('redacted')
      }),
      { numRuns: 20_000 },
    )
    // The property says nothing about documents that are never told to be clean.
    expect(clean).toBeGreaterThan(1000)
  })

  test('holds none either when it is cut, or damaged', () => {
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), ({ text }, start, cut, byte) => {
        const whole = Buffer.from(text)
        const bytes = whole.subarray(0, cut % (whole.length + 1))
        if (bytes.length > 0) bytes[start % bytes.length] = byte
        if (mayNeedRedaction([bytes], JSON_TYPE)) return
        expect(redactText(bytes.toString('utf8'), JSON_TYPE).state).not.toBe('redacted')
      }),
      { numRuns: 5000 },
    )
  })

  test('holds none as a form', () => {
    const pair = fc.tuple(key, fc.boolean()).map(([text, isEscaped]) => {
      const name = isEscaped ? encodeURIComponent(text) : text.replaceAll(/[&=%+]/g, '').replaceAll(' ', '+')
      return `${name}=x`
    })
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 4 }), (pairs) => {
        const text = pairs.join('&')
        if (mayNeedRedaction([Buffer.from(text)], FORM_TYPE)) return
        expect(redactText(text, FORM_TYPE)).toEqual({ state: 'unchanged' })
      }),
      { numRuns: 5000 },
    )
  })

  test.each([
    ['an escaped key', String.raw`{"p\u0061ssword":"x"}`],
    ['an escaped key inside of a string', String.raw`{"a":"{\"p\\u0061ssword\":\"x\"}"}`],
    ['escaped digits of an escape', String.raw`{"a":"{\"ot\\u00\u0037\u0030\":\"x\"}"}`],
    ['more places that look like a key than any text has', '{"lessn":1}'.repeat(10_000)],
    ['a duplicate', '{"a":1,"a":2,"secret":"x"}'],
    ['a Kelvin sign', '{"to\u212aen":"x"}'],
    ['a capital I with a dot', '{"sess\u0130on":"x"}'],
    ['a byte order mark', '\ufeff{"secret":"x"}'],
    ['a control character for an escape', String.raw`{"a":"\nssn","\nssn":"x"}`],
    ['an escaped letter before it', String.raw`{"\u00e1ssn":"x"}`],
    ['a hump', '{"userSSN":"x"}'],
    ['a word that only begins like author', '{"authOr":"x"}'],
    ['a word that goes on after author', '{"authorization":"x","AUTHORISED":"y"}'],
    ['great depth', `${'['.repeat(100_000)}{"secret":"x"}${']'.repeat(100_000)}`],
    ['single quotes', "{'password':'x'}"],
    ['no quotes', '{password:"x"}'],
    ['no end', '{"password":"x'],
    ['letters of UTF-16', Buffer.from('{"password":"x"}', 'utf16le').toString('latin1')],
  ])('is not one with %s', (_, text) => expect(mayNeed(text)).toBe(true))

  test.each([
    '{"name":"Ada","tags":["a","b"],"price":12.5}',
    '{"author":"x","authors":[],"authorName":"x","Author":"x","coauthor":"x"}',
    '{"classNames":"x","lessn":1,"passenger":"x","rapid":1,"accessories":1,"discards":1,"socialist":1,"designs":1}',
    String.raw`{"caf\u00e9":"\u4e2d\u6587","a":"\\n\/\"","path":"C:\\temp"}`,
    '{"å":"ğ","中":"文"}',
    `{"a":"${'T'.repeat(100_000)}${'\\\\'.repeat(100_000)}"}`,
    String.raw`{"html":"\u003cb\u003e \u0026 \u0022caf\u00e9\u0022"}`,
    '',
    ' ',
  ])('is %s', (text) => expect(mayNeed(text)).toBe(false))

  test('is none whose end is missing: what would tell may have stood there', () => {
    const bytes = [Buffer.from('{"value":"x"')]
    expect(mayNeedRedaction(bytes, JSON_TYPE)).toBe(false)
    expect(mayNeedRedaction(bytes, { ...JSON_TYPE, truncated: true })).toBe(true)
  })

  test('is one of a type that is not redacted', () => {
    const bytes = [Buffer.from('{"password":"x"}')]
    expect(mayNeedRedaction(bytes, { contentType: 'image/png' })).toBe(false)
    expect(mayNeedRedaction(bytes, { contentType: 'text/plain' })).toBe(false)
  })

  test('is none where the application has keys of its own', () => {
    const sensitiveKeys = [...DEFAULT_SENSITIVE_KEYS, /shoe/]
    expect(mayNeedRedaction([Buffer.from('{}')], { ...JSON_TYPE, sensitiveKeys })).toBe(true)
  })
})

test('every sensitive key, plainly written, takes a closer look', () => {
  fc.assert(
    fc.property(key, (text) => {
      fc.pre(isSensitiveKey(text))
      expect(mayNeed(`{${JSON.stringify(text)}:"x"}`)).toBe(true)
    }),
    { numRuns: 20_000 },
  )
})

test('every key that matches a usual pattern is sensitive', () => {
  fc.assert(
    fc.property(key, (text) => {
      fc.pre(DEFAULT_SENSITIVE_KEYS.some((pattern) => pattern.test(text)))
      expect(isSensitiveKey(text)).toBe(true)
    }),
    { numRuns: 5000 },
  )
})

test('no other characters than two become letters of ASCII in lower case', () => {
  const found: string[] = []
  for (let code = 0x80; code <= 0x10_ff_ff; code += 1) {
    const character = String.fromCodePoint(code)
    if (/[a-z\d]/.test(character.toLowerCase())) found.push(character)
  }
  expect(found).toEqual(['\u0130', '\u212a'])
})
