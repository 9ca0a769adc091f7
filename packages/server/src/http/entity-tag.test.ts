import { expect, test } from 'vitest'
import { matchesEntityTag } from './entity-tag.js'

test.each([
  [undefined, false],
  ['*', true],
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['"abcd"', false],
  ['abc', false],
  ['', false],
])('If-None-Match: %s matches "abc": %s', (header, expected) => {
  expect(matchesEntityTag(header, '"abc"')).toBe(expected)
})
