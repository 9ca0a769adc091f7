import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.js'

function choices(seed: number): unknown {
  const random = seededRandom(seed)
  return [random.fraction(), random.integer(1, 1_000_000), random.bytes(5).toString('hex')]
}

test('the same seed gives the same choices, another seed others', () => {
  expect(choices(1)).toEqual(choices(1))
  expect(choices(1)).not.toEqual(choices(2))
})

test('whole numbers reach both ends and go no further', () => {
  const random = seededRandom(3)
  const seen = new Set(Array.from({ length: 1000 }, () => random.integer(2, 5)))
  expect(seen).toEqual(new Set([2, 3, 4, 5]))
})
