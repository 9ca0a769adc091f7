import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentDisposition } from './content-disposition.js'

test.each([
  ['chart.png', `inline; filename="chart.png"; filename*=UTF-8''chart.png`],
  ['a "b" \\c.txt', `inline; filename="a _b_ _c.txt"; filename*=UTF-8''a%20%22b%22%20_c.txt`],
  ['Übersicht (1)*.pdf', `inline; filename="_bersicht (1)*.pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29%2A.pdf`],
  ['../../etc/passwd', `inline; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`],
  ['50%41.txt', `inline; filename="50_41.txt"; filename*=UTF-8''50%2541.txt`],
  ['photo\u202Egnp.exe', `inline; filename="photognp.exe"; filename*=UTF-8''photognp.exe`],
])('%j becomes %s', (filename, header) => {
  expect(contentDisposition('inline', filename)).toBe(header)
})

test('no filename can break out of the header, and the UTF-8 form keeps all that is not stripped', () => {
  const headerPattern = /^attachment; filename="([^"\\%]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$/
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (filename) => {
      const [header, ascii, extended] = headerPattern.exec(contentDisposition('attachment', filename)) ?? []
      expect(header).toMatch(/^[\u0020-\u007E]+$/)
      const decoded = decodeURIComponent(extended ?? '')
      expect(Array.from(decoded)).toHaveLength(ascii?.length ?? 0)
      expect(decoded).not.toMatch(/[\p{Cc}/\\]/u)
    }),
  )
})
