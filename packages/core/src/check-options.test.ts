import { describe, expect, test } from 'vitest'
import { ArtifactClient, ArtifactConfigurationError, checkOptions, memoryDestination, OPTION_RULES } from './index.js'

const rules = {
  client: OPTION_RULES.client,
  deep: OPTION_RULES.boolean,
  maxBytes: OPTION_RULES.bytes,
  ignore: OPTION_RULES.function,
}

function mistake(options: unknown, hint?: string): unknown {
  try {
    checkOptions(options, { owner: 'a lamp', rules, ...(hint !== undefined && { hint }) })
    return 'accepted'
  } catch (error) {
    return ArtifactConfigurationError.isInstance(error) ? `${error.code} ${error.option}: ${error.message}` : error
  }
}

describe('options that are checked by rules', () => {
  test('are accepted where each is what it must be, left out or undefined', () => {
    const client = new ArtifactClient({ destination: memoryDestination() })
    expect(mistake({ client, deep: false, maxBytes: 0, ignore: () => true })).toBe('accepted')
    expect(mistake({ deep: undefined })).toBe('accepted')
    expect(mistake({})).toBe('accepted')
  })

  test.each([null, undefined, 'deep', 7, (): boolean => true])(
    'are refused where they are no object but %s',
    (options) => {
      expect(mistake(options)).toBe('invalid_option options: The options of a lamp must be an object.')
    },
  )

  test.each([
    [
      'maxByte',
      'unknown_option maxByte: Unknown option "maxByte" of a lamp: did you mean maxBytes? Known are: client, deep, maxBytes, ignore.',
    ],
    ['colour', 'unknown_option colour: Unknown option "colour" of a lamp. Known are: client, deep, maxBytes, ignore.'],
    [
      'toString',
      'unknown_option toString: Unknown option "toString" of a lamp. Known are: client, deep, maxBytes, ignore.',
    ],
  ])('are refused where one is called %s', (name, expected) => {
    expect(mistake({ [name]: 1 })).toBe(expected)
    expect(mistake({ [name]: 1 }, 'Shops sell them.')).toBe(`${expected} Shops sell them.`)
  })

  test.each([
    ['deep', 'yes', 'true or false, not "yes".'],
    ['deep', null, 'true or false, not null.'],
    ['maxBytes', -1, 'a number of bytes, 0 or more, not -1.'],
    ['maxBytes', 2n ** 70n, 'a number of bytes, 0 or more, not 1180591620717411303424.'],
    ['maxBytes', Symbol('many'), 'a number of bytes, 0 or more, not Symbol(many).'],
    ['ignore', /health/, 'a function, not "/health/".'],
    ['ignore', 'x'.repeat(1000), `a function, not "${'x'.repeat(99)}….`],
    [
      'client',
      { endpoint: 'https://example.com', token: 'hunter2' },
      'an ArtifactClient, as configureArtifacts() returns it.',
    ],
  ])('are refused where %s is wrong, with its value unless that may be a secret', (name, value, expected) => {
    expect(mistake({ [name]: value })).toBe(`invalid_option ${name}: Option "${name}" of a lamp must be ${expected}`)
  })
})
