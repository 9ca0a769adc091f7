import nest from '@nestjs/core/package.json' with { type: 'json' }
import { expect, test } from 'vitest'

// `vitest.config.ts` runs tests of this package on older versions too, and a mistake there would go unseen.
test('these tests run on the version of Nest that their project is for', () => {
  expect(nest.version.split('.')[0]).toBe(process.env['NEST_VERSION'] ?? '12')
})
