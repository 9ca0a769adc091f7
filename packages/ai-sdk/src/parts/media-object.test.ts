import { describe, expect, test } from 'vitest'
import { base64, mp4, pdf, png, wav } from '../test-fixtures/media.js'
import { findMedia } from './media-object.js'

const picture = png(300)

describe('findMedia', () => {
  test.each<[string, unknown]>([
    ['bytes', picture],
    ['a Buffer', Buffer.from(picture)],
    ['an ArrayBuffer', picture.slice().buffer],
    ['bytes that went through JSON', JSON.parse(JSON.stringify(picture))],
    ['a Buffer that went through JSON', JSON.parse(JSON.stringify(Buffer.from(picture)))],
    ['a data: URL', `data:image/png;base64,${base64(picture)}`],
    ['a data: URL with long parameters', `data:image/png;name=${'n'.repeat(999)};base64,${base64(picture)}`],
    [
      'a data: URL beside the type of a text',
      { mimeType: 'text/csv', data: `data:text/csv;base64,${base64(new Uint8Array(300))}` },
    ],
    ['base64 of an image', base64(picture)],
    ['base64 of a document', base64(pdf())],
    ['base64 of a sound', base64(wav())],
    ['base64 of a video', base64(mp4())],
    ['a content of the Model Context Protocol', { type: 'image', data: base64(picture), mimeType: 'image/png' }],
    [
      'a resource of the Model Context Protocol',
      { uri: 'file:///a.png', mimeType: 'image/png', blob: base64(picture) },
    ],
    ['a part of a tool result', { type: 'image-data', data: base64(picture), mediaType: 'image/png' }],
    ['a blob of the GenAI conventions', { type: 'blob', modality: 'image', content: base64(picture) }],
    ['a file of the SDK', { base64: base64(picture), uint8Array: picture, mediaType: 'image/png' }],
  ])('finds %s', (_name, value) => {
    expect(findMedia(value)).toBeDefined()
  })

  test.each<[string, unknown]>([
    ['a word', 'SUQz'],
    ['a digest', 'a'.repeat(64)],
    ['a long word', 'supercalifragilisticexpialidocious'.repeat(9)],
    ['a text that begins like base64', `${'word'.repeat(20)} and more`],
    ['an event with a data: URL in it', `data: <img src="data:image/png;base64,${base64(picture)}">`],
    ['an address', 'https://pictures.example/cat.png'],
    ['a link in an object', { type: 'image', url: 'https://pictures.example/cat.png' }],
    ['a text file', { mimeType: 'text/plain', data: 'hello world' }],
    ['a text file of one long word', { mimeType: 'text/plain', data: 'words-joined-by-dashes-'.repeat(9) }],
    ['a message', { type: 'text', text: 'hello', mediaType: 'text/plain' }],
    ['a short table', { 0: 1, 1: 2 }],
    ['a table of large numbers', Object.fromEntries(Array.from({ length: 99 }, (_, key) => [key, key * 9]))],
    ['nothing', null],
    ['a number', 7],
    ['a list', [1, 2, 3]],
  ])('leaves %s', (_name, value) => {
    expect(findMedia(value)).toBeUndefined()
  })
})
