import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dispositionFilename } from './content-disposition.js'

describe('the file name of a Content-Disposition header', () => {
  test.each<[string, string | undefined]>([
    ['attachment', undefined],
    ['attachment; filename="receipt.pdf"', 'receipt.pdf'],
    ['inline;filename=receipt.pdf', 'receipt.pdf'],
    ['ATTACHMENT ; FileName = "receipt.pdf" ; x=y', 'receipt.pdf'],
    ['attachment; filename="a \\"quoted\\" \\\\ name.txt"', 'a "quoted" \\ name.txt'],
    ['attachment; filename=two words.txt', 'two words.txt'],
    ['attachment; filename=""', undefined],
    ['attachment; filename', undefined],
    ['', undefined],
    // RFC 6266, section 4.3: the extended form goes before the other, wherever it stands.
    ['attachment; filename="EURO rates"; filename*=utf-8\'\'%e2%82%ac%20rates', '€ rates'],
    ["attachment; filename*=UTF-8'en'na%C3%AFve.txt; filename=naive.txt", 'naïve.txt'],
    ["attachment; filename*=iso-8859-1'en'%A3%20rates", '£ rates'],
    // What cannot be decoded is as if it were not there.
    ["attachment; filename=plain.txt; filename*=UTF-8''%FF%FE", 'plain.txt'],
    ["attachment; filename=plain.txt; filename*=UTF-8''%zz", 'plain.txt'],
    ["attachment; filename=plain.txt; filename*=shift_jis''%82", 'plain.txt'],
    ['attachment; filename=plain.txt; filename*=nothing', 'plain.txt'],
    // The first of several, and no name of another parameter's value.
    ['attachment; filename=first.txt; filename=second.txt', 'first.txt'],
    ['attachment; note="; filename=wrong.txt"; filename=right.txt', 'right.txt'],
    ['attachment; xfilename=wrong.txt', undefined],
    ['attachment;; ; filename=right.txt', 'right.txt'],
    ['attachment; broken "piece; filename=wrong.txt"; filename=right.txt', 'right.txt'],
    ['attachment; filename="no end', undefined],
    // UTF-8 that was written into the header byte by byte.
    [`attachment; filename="${Buffer.from('žluťoučký.txt').toString('latin1')}"`, 'žluťoučký.txt'],
    [`attachment; filename="${'x'.repeat(5000)}"`, undefined],
  ])('%s', (header, filename) => expect(dispositionFilename(header)).toBe(filename))

  test('is any text that a quoted string, or an extended value, holds', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(names, (name) => {
        const extended = encodeURIComponent(name).replaceAll("'", '%27')
        expect(dispositionFilename(`attachment; filename=x; filename*=UTF-8''${extended}`)).toBe(name)
      }),
    )
    const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(ascii, (name) => {
        const quoted = name.replaceAll(/["\\]/g, String.raw`\$&`)
        expect(dispositionFilename(`attachment; a=b; filename="${quoted}"; c="d"`)).toBe(name)
      }),
    )
  })

  test('is looked for in any header at all, without an error', () => {
    const pieces = fc.constantFrom(';', '"', '\\', '=', ' ', 'filename', 'filename*', "UTF-8''", '%', 'e2', 'é', '\t')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
        expect(['string', 'undefined']).toContain(typeof dispositionFilename(parts.join('')))
      }),
      { numRuns: 1000 },
    )
  })
})
