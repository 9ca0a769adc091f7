import { createStore, multipart, pseudoRandomBytes, sha256, type FormPart } from '@span-artifacts/http-testing'
import { array, assert, nat, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMultipartParser } from './multipart-parser.js'

const { client } = createStore()

interface SeenFile {
  readonly field: string
  readonly filename: string | undefined
  readonly contentType: string | undefined
  readonly content: Buffer
  readonly complete: boolean
}

interface Parsed {
  readonly starts: number
  readonly fields: [string, string][]
  readonly files: SeenFile[]
  readonly lacksParts: boolean
}

/** Parses a body that comes in the given chunks. */
function parse(contentType: string, chunks: readonly Uint8Array[]): Parsed {
  let starts = 0
  const fields: [string, string][] = []
  const files: { header: Omit<SeenFile, 'content' | 'complete'>; chunks: Uint8Array[]; ends: number }[] = []
  const parser = createMultipartParser(
    contentType,
    {
      start: () => void (starts += 1),
      cut: () => undefined,
      field: (name, value) => void fields.push([name, value]),
      file: ({ field, filename, contentType: type }) => {
        const file = { header: { field, filename, contentType: type }, chunks: [] as Uint8Array[], ends: 0 }
        files.push(file)
        return {
          write: (bytes) => void file.chunks.push(Buffer.from(bytes)),
          end: () => void (file.ends += 1),
        }
      },
    },
    { client, maxFieldBytes: 1000 },
  )
  if (parser === undefined) throw new Error('no boundary')
  for (const chunk of chunks) parser.write(chunk)
  parser.end()
  return {
    starts,
    fields,
    files: files.map(({ header, chunks: content, ends }) => ({
      ...header,
      content: Buffer.concat(content),
      complete: ends === 1,
    })),
    lacksParts: parser.lacksParts,
  }
}

const parseForm = (parts: FormPart[], cut: (body: Buffer) => Uint8Array[] = (body) => [body]): Parsed => {
  const { headers, body } = multipart(parts)
  return parse(headers['content-type'], cut(body))
}

const parseText = (body: string): Parsed => parse('multipart/form-data; boundary=b', [Buffer.from(body)])
const formField = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`

/** Cuts a body at given places. */
const cutAt =
  (places: readonly number[]) =>
  (body: Buffer): Uint8Array[] => {
    const edges = [...new Set([0, ...places.map((place) => place % body.length), body.length])].sort((a, b) => a - b)
    return edges.slice(1).map((edge, index) => body.subarray(edges[index], edge))
  }

const PARTS: FormPart[] = [
  { name: 'subject', content: 'Lampe & Schirm – 日本' },
  { name: 'photo', filename: 'größe ✓ 日本.png', contentType: 'image/png', content: pseudoRandomBytes(3000, 4) },
  { name: 'empty', content: '' },
  { name: 'dashes', filename: 'a.txt', contentType: 'text/plain', content: '\r\n--\r\n-----\r\n--x--\r\n\r' },
  { name: 'nothing', filename: 'nothing.bin', contentType: 'application/octet-stream', content: '' },
]

/** The parsed form with digests for contents. */
const summary = ({ starts, fields, files, lacksParts }: Parsed): unknown => ({
  starts,
  fields,
  lacksParts,
  files: files.map(({ content, ...rest }) => ({ ...rest, sha256: sha256(content) })),
})

const EXPECTED = {
  starts: 1,
  lacksParts: false,
  fields: [
    ['subject', 'Lampe & Schirm – 日本'],
    ['empty', ''],
  ],
  files: PARTS.filter(({ filename }) => filename !== undefined).map(({ name, filename, contentType, content }) => ({
    field: name,
    filename,
    contentType,
    complete: true,
    sha256: sha256(content),
  })),
}

describe('a form that is taken apart while it passes', () => {
  test('gives its fields and files', () => expect(summary(parseForm(PARTS))).toEqual(EXPECTED))

  test('gives the same whatever the chunks', () =>
    assert(
      property(array(nat({ max: 5000 }), { maxLength: 40 }), (places) => {
        expect(summary(parseForm(PARTS, cutAt(places)))).toEqual(EXPECTED)
      }),
      { numRuns: 100 },
    ))

  test('gives the same byte by byte', () =>
    expect(summary(parseForm(PARTS, (body) => [...body].map((byte) => Uint8Array.of(byte))))).toEqual(EXPECTED))

  test('agrees with the parser of the runtime', async () => {
    const form = new FormData()
    form.append('a "quoted" name', 'value')
    form.append('file', new File(['content'], 'say "hi";\u0000 \\ %22.txt', { type: 'text/x-note' }))
    const request = new Request('http://a.example/', { method: 'POST', body: form })
    const body = Buffer.from(await request.clone().arrayBuffer())
    const parsed = parse(request.headers.get('content-type') ?? '', [body])
    const theirs = await request.formData()
    expect(parsed.fields).toEqual([...theirs].filter(([, value]) => typeof value === 'string'))
    const file = theirs.get('file')
    expect(file).toBeInstanceOf(File)
    const { filename, contentType } = parsed.files[0] ?? {}
    expect(file).toMatchObject({ name: filename, type: contentType })
  })

  test('has no name for a file input that was left empty', () => {
    const body = Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n',
    )
    expect(parse('multipart/form-data; boundary=b', [body]).files).toMatchObject([
      { field: 'f', filename: undefined, content: Buffer.alloc(0) },
    ])
  })

  test.each([
    ['in the middle of a file', (body: Buffer) => [body.subarray(0, body.length / 2)], false],
    ['before its last line', (body: Buffer) => [body.subarray(0, -6)], false],
    ['in its last line', (body: Buffer) => [body.subarray(0, -3)], true],
  ])('a body that stops %s lacks parts', (_, cut, complete) => {
    const { files, lacksParts } = parseForm(PARTS.slice(0, 2), cut)
    expect([lacksParts, files[0]?.complete]).toEqual([true, complete])
  })

  test.each([
    ['no boundary', '{"json":true}'],
    ['bare line feeds', '--b\nContent-Disposition: form-data; name="a"\n\nhello\n--b--\n'],
    ['a part without a name', '--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n'],
    ['parts only where no line begins', `x${formField('a', '1')}--b--\r\n`],
  ])('what has %s never starts as a form', (_, body) => {
    expect(parseText(body)).toEqual({ starts: 0, fields: [], files: [], lacksParts: false })
  })

  test('a form lacks what may stand before its first line', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const body = `x${formField('hidden', '1')}${formField('a', '2')}--b--\r\n`
    const theirs = await new Request('http://a.example/', { method: 'POST', headers, body }).formData()
    expect([...theirs.keys()]).toEqual(['hidden', 'a'])
    expect(parseText(body)).toMatchObject({ fields: [['a', '2']], lacksParts: true })
  })

  test('a form that begins with a line break is whole', () => {
    const parsed = parse(
      'multipart/form-data; boundary=b',
      [...Buffer.from(`\r\n${formField('a', '1')}--b--\r\n`)].map((byte) => Uint8Array.of(byte)),
    )
    expect(parsed).toMatchObject({ fields: [['a', '1']], lacksParts: false })
  })

  test('a form without parts is one', () => {
    expect(parseText('--b--\r\n')).toEqual({ starts: 1, fields: [], files: [], lacksParts: false })
  })

  test('takes white space behind a boundary for nothing', () => {
    const { fields, lacksParts } = parseText(`${formField('a', '1').replace('--b', '--b \t ')}--b--\r\n`)
    expect({ fields, lacksParts }).toEqual({ fields: [['a', '1']], lacksParts: false })
  })

  test.each([
    ['a boundary that goes on', '--bXYZ\r\nmore\r\n\r\nand more\r\n--b--\r\n'],
    ['a part without a name', '--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n'],
  ])('a form lacks what comes after %s', (_, rest) => {
    const { fields, files, lacksParts } = parseText(`${formField('a', '1')}${rest}`)
    expect({ fields: fields.filter(([, value]) => value !== '1'), files, lacksParts }).toEqual({
      fields: [],
      files: [],
      lacksParts: true,
    })
  })

  test('a file in which a line begins with the boundary is not whole', () => {
    const file =
      '--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\none\r\n--bXYZ\r\ntwo\r\n--b--\r\n'
    expect(parseText(file)).toMatchObject({ files: [{ complete: false }], lacksParts: true })
  })

  test('takes no more parts than anybody can look at', () => {
    const { fields, lacksParts } = parseText(`${formField('a', '').repeat(10_200)}--b--\r\n`)
    expect([fields.length, lacksParts]).toEqual([10_100, true])
  })

  test('reads fields as formData() does, whatever charset they say they have', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const body = `${formField('a', 'größe').replace('\r\n\r\n', '\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\n')}--b--\r\n`
    const theirs = await new Request('http://a.example/', { method: 'POST', headers, body }).formData()
    expect(parseText(body).fields).toEqual([...theirs])
  })

  test.each(['multipart/form-data', 'multipart/mixed; boundary=b', 'text/plain; boundary=b'])(
    'the content type %s is none of a form',
    (contentType) => {
      const sink = { start: () => undefined, field: () => undefined, file: () => undefined, cut: () => undefined }
      expect(createMultipartParser(contentType, sink, { client, maxFieldBytes: 1 })).toBeUndefined()
    },
  )
})
