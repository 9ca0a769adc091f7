import { describe, expect, test } from 'vitest'
import { contentTypeFilter, DEFAULT_CONTENT_TYPES, parseContentType } from './content-types.js'

describe('the default content types', () => {
  const isCaptured = contentTypeFilter(DEFAULT_CONTENT_TYPES)

  test.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/problem+json',
    'application/atom+xml',
    'text/html; charset=utf-8',
    'image/svg+xml',
    'audio/mpeg',
    'video/mp4',
    'application/pdf',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/msgpack',
    'application/octet-stream',
  ])('include %s', (type) => expect(isCaptured(type)).toBe(true))

  test.each([
    'text/event-stream',
    'text/event-stream; charset=utf-8',
    'text/x-component',
    'application/zip',
    'font/woff2',
    '',
  ])('leave out %j', (type) => expect(isCaptured(type)).toBe(false))

  test('can be replaced, and then server-sent events can be named', () => {
    expect(contentTypeFilter(['text/*'])('text/event-stream')).toBe(false)
    expect(contentTypeFilter(['Text/Event-Stream'])('text/event-stream')).toBe(true)
    expect(contentTypeFilter(['*'])('application/zip')).toBe(true)
    expect(contentTypeFilter(['application/vnd.acme.*'])('application/vndXacme.thing')).toBe(false)
  })
})

describe('a content type', () => {
  test.each([
    ['application/json', 'json'],
    ['text/json', 'json'],
    ['model/gltf+json', 'json'],
    ['application/vnd.api+json; charset=utf-8', 'json'],
    ['application/x-ndjson', 'json-lines'],
    ['application/stream+json', 'json-lines'],
    ['application/x-www-form-urlencoded', 'form'],
    ['multipart/form-data; boundary=x', 'multipart'],
    ['multipart/mixed', 'multipart'],
    ['text/event-stream; charset=utf-8', 'events'],
    ['text/csv', 'text'],
    ['application/soap+xml', 'text'],
    ['image/svg+xml', 'text'],
    ['image/png', 'binary'],
    ['', 'binary'],
  ])('%j is %s', (type, format) => expect(parseContentType(type).format).toBe(format))

  test('has no boundary where that is too long to be searched for', () => {
    expect(parseContentType(`multipart/form-data; boundary=${'b'.repeat(200)}`).boundary).toHaveLength(200)
    expect(parseContentType(`multipart/form-data; boundary=${'b'.repeat(201)}`).boundary).toBeUndefined()
  })

  test('has spaces where the header has tabs', () => {
    expect(parseContentType('application/json;\tcharset=utf-8')).toMatchObject({
      header: 'application/json; charset=utf-8',
      charset: 'utf-8',
    })
  })

  test('has parameters, quoted or not', () => {
    const type = 'multipart/form-data; x=1; Boundary="a \\"b\\" c" ; charset=UTF-8'
    expect(parseContentType(type)).toEqual({
      header: type,
      mediaType: 'multipart/form-data',
      format: 'multipart',
      boundary: 'a "b" c',
      charset: 'utf-8',
    })
  })
})
