import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import wabt from 'wabt'
import { LITERAL_SEARCH_CODE } from './literal-search-code.js'
import { createLiteralSearch } from './literal-search.js'
import { CHARACTERS_AFTER, CHARACTERS_BEFORE, type LiteralSearch } from './platform.js'

const GROUPS = [['token', 'secret'], ['pass'], ['ssn', 'cvv'], [String.raw`\u`, '\u00e2\u0084\u00aa']]
const literals = GROUPS.flat()

function literalSearch(): LiteralSearch {
  const search = createLiteralSearch(GROUPS)
  if (search === undefined) throw new Error('there is no WebAssembly here')
  return search
}

const startsWithLiteral = (text: string): boolean =>
  literals.some((literal) => text.slice(CHARACTERS_BEFORE).toLowerCase().startsWith(literal))

/** Cuts a text into chunks at some places. */
function chunksOf(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [...places, bytes.length].map((place, index) => bytes.subarray(places[index - 1] ?? 0, place))
}

test('the code is what the text assembles to', async () => {
  const assembler = await wabt()
  const source = await readFile(new URL('literal-search.wat', import.meta.url), 'utf8')
  const module = assembler.parseWat('literal-search.wat', source, { simd: true })
  expect(Buffer.from(module.toBinary({}).buffer).toString('base64')).toBe(LITERAL_SEARCH_CODE)
})

test('finds what a text includes, in any case, however it is cut into chunks', () => {
  const search = literalSearch()
  const piece = fc.oneof(
    fc.constantFrom(...literals, 'TOKEN', 'Pass', 'sSn', 'tok', 'pas', '\\', 'secre', '\u00e2\u0084'),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 4 }), (pieces, cuts) => {
      const text = pieces.join('')
      const isThere = literals.some((literal) => text.toLowerCase().includes(literal))
      expect(search(chunksOf(text, cuts), startsWithLiteral)).toBe(isThere)
    }),
    { numRuns: 2000 },
  )
})

test('finds a literal wherever it stands in a text of many windows', () => {
  const search = literalSearch()
  const size = 200_000
  fc.assert(
    fc.property(
      fc.constantFrom(...literals),
      fc.oneof(fc.nat(size), fc.integer({ min: 64 * 1024 - 40, max: 64 * 1024 + 40 })),
      fc.array(fc.nat(), { maxLength: 4 }),
      (literal, place, cuts) => {
        const text = `${'.'.repeat(place)}${literal}${'.'.repeat(size - place)}`
        const seen: string[] = []
        const find = (shown: string): boolean => startsWithLiteral(shown) && seen.push(shown) > 0
        expect(search(chunksOf(text, cuts), find)).toBe(true)
        const padded = '\0'.repeat(CHARACTERS_BEFORE) + text
        expect(seen).toEqual([padded.slice(place, place + CHARACTERS_BEFORE + CHARACTERS_AFTER)])
        expect(search(chunksOf('.'.repeat(size), cuts), startsWithLiteral)).toBe(false)
      },
    ),
    { numRuns: 60 },
  )
})

test('shows nothing of what was searched before', () => {
  const search = literalSearch()
  expect(search([Buffer.from('0123456789 pass')], startsWithLiteral)).toBe(true)
  expect(search([Buffer.from('0123456789 pas')], startsWithLiteral)).toBe(false)
  expect(search([], startsWithLiteral)).toBe(false)
})

test('is none with more groups than it has bits for', () => {
  expect(createLiteralSearch(Array.from({ length: 9 }, () => ['a']))).toBeUndefined()
})
