import { ArtifactClient, ArtifactConfigurationError, memoryDestination } from '@span-artifacts/core'
import { describe, expect, test } from 'vitest'
import { createHttpCapture } from './index.js'

/** What a mistake says; plain JavaScript can make mistakes that the types forbid. */
function mistake(options: unknown): unknown {
  try {
    Reflect.apply(createHttpCapture, undefined, [options])
    return 'accepted'
  } catch (error) {
    return ArtifactConfigurationError.isInstance(error) ? `${error.code}: ${error.message}` : error
  }
}

describe('the options of a capture', () => {
  test('may be left out, and may be undefined', () => {
    expect(mistake({})).toBe('accepted')
    expect(mistake({ client: undefined, redact: undefined, maxBodyBytes: undefined })).toBe('accepted')
  })

  test('are refused by name when they are unknown', () => {
    expect(mistake({ maxBodySize: 1 })).toMatch(/^unknown_option: Unknown option "maxBodySize" .* maxBodyBytes/)
  })

  test.each([
    ['request', 'yes', 'true or false'],
    ['client', 'http://127.0.0.1', 'an ArtifactClient'],
    ['contentTypes', 'image/*', 'an array of media types'],
    ['contentTypes', [''], 'an array of media types'],
    ['contentTypes', ['json'], 'an array of media types'],
    ['contentTypes', ['application/json; charset=utf-8'], 'without parameters'],
    ['maxBodyBytes', -1, 'a number of bytes'],
    ['maxBodyBytes', '10mb', 'a number of bytes'],
    ['maxFileBytes', Number.NaN, 'a number of bytes'],
    ['previewBytes', 1.5, 'a number of bytes'],
    ['ignore', /health/, 'a function'],
    ['shouldCapture', true, 'a function'],
    ['redact', 'password', 'true, false, { keys: [...] } or a function'],
    ['redact', {}, 'true, false, { keys: [...] } or a function'],
    ['redact', { keys: [1] }, 'true, false, { keys: [...] } or a function'],
    ['redact', { keys: [], key: 'x' }, 'true, false, { keys: [...] } or a function'],
    ['attributeNames', { requestBody: '' }, 'requestBody, responseBody'],
    ['attributeNames', { body: 'x' }, 'requestBody, responseBody'],
    ['attributeNames', { requestBody: 'x', responseBody: 'x' }, 'each a name of its own'],
    ['attributeNames', { requestBody: 'http.request.body.content_ref' }, 'each a name of its own'],
  ])('are refused when %s is %j', (name, value, expected) => {
    expect(mistake({ [name]: value })).toContain(`invalid_option: Option "${name}" of an HTTP capture must be`)
    expect(mistake({ [name]: value })).toContain(expected)
  })

  test.each([
    ['maxBodyBytes', '10mb', 'not "10mb".'],
    ['maxBodyBytes', Number.NaN, 'not NaN.'],
    ['maxFileBytes', 5n, 'not 5.'],
    ['ignore', /health/, 'not "/health/".'],
    ['redact', { keys: [() => true] }, 'not {'],
    ['contentTypes', [/json/, 'x'.repeat(1000)], 'not ["/json/","xxx'],
    ['previewBytes', () => 1, 'not a function.'],
    ['files', { toJSON: () => undefined }, 'not an object.'],
    ['files', JSON, 'not {}.'],
  ])('are shown where they are wrong: %s', (name, value, shown) => {
    const said = mistake({ [name]: value })
    expect(said).toContain(shown)
    expect(String(said).length).toBeLessThan(300)
  })

  test('hold a client, not its options, and then no error shows the token', () => {
    expect(mistake({ client: new ArtifactClient({ destination: memoryDestination() }) })).toBe('accepted')
    for (const client of [{ endpoint: 'http://127.0.0.1', token: 'hush' }, 'hush', {}]) {
      expect(mistake({ client })).toBe(
        'invalid_option: Option "client" of an HTTP capture must be an ArtifactClient, as configureArtifacts() returns it.',
      )
    }
    expect(mistake({ endpoint: 'http://127.0.0.1', token: 'hush' })).toMatch(/"endpoint" .* configureArtifacts\(\)/)
  })

  test.each([null, 1, 'options'])('must be an object, not %j', (options) => {
    expect(mistake(options)).toMatch(/^invalid_option: The options of an HTTP capture must be an object/)
  })
})
