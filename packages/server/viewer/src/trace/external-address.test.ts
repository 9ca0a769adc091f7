import { expect, test } from 'vitest'
import { externalAddress } from './external-address.js'

test.each(['https://shop.example/a?b=c#d', 'http://localhost:3000/'])('%s is a link', (address) => {
  expect(externalAddress(address)).toBe(address)
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' https://leading.example/',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  'https://user@evil.example/',
  'https://bank.example:secret@evil.example/',
  'https://two words.example/',
  '//no-scheme.example/',
  'https://',
  `https://long.example/${'a'.repeat(3000)}`,
])('%s stays text', (text) => {
  expect(externalAddress(text)).toBeUndefined()
})
