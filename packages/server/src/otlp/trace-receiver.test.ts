import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ARTIFACT_REFERENCE_KEY } from '@span-artifacts/core'
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, test } from 'vitest'
import { exchange, type ExchangeAnswer, exchangeJson, type Loose } from '../testing/http-exchange.js'
import { registrationOf, sha256Of, storeArtifact, testServer } from '../testing/test-server.js'
import { openWire, type Wire } from '../testing/wire.js'
import { StatusSchema } from './generated/google/rpc/status_pb.js'
import { Span_SpanKind } from './generated/opentelemetry/proto/trace/v1/trace_pb.js'
import {
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from './generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.js'

const traceId = '5b8efff798038103d269b633813fc60c'
const spanId = 'eee19b7ec3c1b174'

function requestOf(...spans: object[]): object {
  const complete = spans.map((span) => ({ traceId, spanId, name: 'work', ...span }))
  return { resourceSpans: [{ scopeSpans: [{ spans: complete }] }] }
}

function postProtobuf(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<ExchangeAnswer> {
  const contentType = { 'content-type': 'application/x-protobuf' }
  return exchange(`${url}/v1/traces`, { method: 'POST', headers: { ...contentType, ...headers }, body })
}

test.each([
  ['JSON', JsonExporter, CompressionAlgorithm.NONE],
  ['JSON with gzip', JsonExporter, CompressionAlgorithm.GZIP],
  ['protobuf', ProtobufExporter, CompressionAlgorithm.NONE],
  ['protobuf with gzip', ProtobufExporter, CompressionAlgorithm.GZIP],
] as const)('spans of the official exporter arrive whole: %s', async (_name, Exporter, compression) => {
  const { url } = await testServer()
  const exporter = new Exporter({ url: `${url}/v1/traces`, compression })
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  const tracer: Tracer = provider.getTracer('shop', '1.2.3')
  const parent = tracer.startSpan('checkout', { kind: SpanKind.SERVER, startTime: [1_700_000_000, 123_456_789] })
  parent.setAttributes({
    text: 'Grüße 👋',
    whole: 42,
    big: Number.MAX_SAFE_INTEGER,
    negative: -7,
    half: 0.5,
    yes: true,
    list: ['a', 'b'],
    numbers: [1, 2.5],
  })
  parent.addEvent('charged', { amount: 3 }, [1_700_000_001, 1])
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' })
  parent.addLink({ context: { traceId, spanId, traceFlags: 1 }, attributes: { why: 'retry' } })
  parent.end([1_700_000_002, 999_999_999])
  await provider.shutdown()

  const { traces } = (await exchange(`${url}/v1/traces`)).json()
  expect(traces).toHaveLength(1)
  expect(traces[0]).toMatchObject({
    root_name: 'checkout',
    start_time_unix_nano: '1700000000123456789',
    duration_nano: '2876543210',
    span_count: 1,
    error_count: 1,
    artifact_count: 0,
    artifacts: [],
  })
  const { spans } = (await exchange(`${url}/v1/traces/${parent.spanContext().traceId}`)).json()
  expect(spans).toHaveLength(1)
  expect(spans[0]).toMatchObject({
    span_id: parent.spanContext().spanId,
    parent_span_id: null,
    name: 'checkout',
    kind: 'SERVER',
    start_time_unix_nano: '1700000000123456789',
    end_time_unix_nano: '1700000002999999999',
    status: { code: 'ERROR', message: 'card declined' },
    events: [{ name: 'charged', time_unix_nano: '1700000001000000001', attributes: { amount: 3 } }],
    links: [{ trace_id: traceId, span_id: spanId, attributes: { why: 'retry' } }],
    scope: { name: 'shop', version: '1.2.3' },
    artifacts: [],
  })
  const { attributes } = spans[0]
  expect(Object.entries(attributes)).toEqual(
    expect.arrayContaining([
      ['text', 'Grüße 👋'],
      ['whole', 42],
      ['big', Number.MAX_SAFE_INTEGER],
      ['negative', -7],
      ['half', 0.5],
      ['yes', true],
      ['list', ['a', 'b']],
      ['numbers', [1, 2.5]],
    ]),
  )
})

test('JSON integers may be text or numbers, enums numbers or names, and unknown members are ignored', async () => {
  const { url } = await testServer()
  const attributes = [
    { key: 'text', value: { intValue: '12' } },
    { key: 'number', value: { intValue: 13 } },
    { key: 'huge', value: { intValue: '9223372036854775807' } },
    { key: 'nan', value: { doubleValue: 'NaN' } },
    { key: 'bytes', value: { bytesValue: 'aGk=' } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'inner', value: { boolValue: false } }] } } },
    { key: '__proto__', value: { stringValue: 'harmless' } },
    { key: 'nothing', value: {} },
    { key: 'absent' },
  ]
  const span = {
    kind: 'SPAN_KIND_CLIENT',
    status: { code: 'STATUS_CODE_OK' },
    startTimeUnixNano: 1_544_712_660_000_000,
    endTimeUnixNano: '18446744073709551615',
    traceId: traceId.toUpperCase(),
    attributes,
    future: { anything: 1 },
  }
  expect((await exchangeJson(`${url}/v1/traces`, requestOf(span))).text).toBe('{}')
  const trace = await exchange(`${url}/v1/traces/${traceId}`)
  expect(trace.text).toContain('"__proto__":"harmless"')
  expect(trace.json().spans[0]).toMatchObject({
    kind: 'CLIENT',
    status: { code: 'OK' },
    start_time_unix_nano: '1544712660000000',
    end_time_unix_nano: '18446744073709551615',
    attributes: {
      text: 12,
      number: 13,
      huge: '9223372036854775807',
      nan: 'NaN',
      bytes: 'aGk=',
      map: { inner: false },
      nothing: null,
      absent: null,
    },
  })
})

test('both encodings of one request are stored alike', async () => {
  const { url } = await testServer()
  const message = create(ExportTraceServiceRequestSchema, {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: Buffer.from(traceId, 'hex'),
                spanId: Buffer.from(spanId, 'hex'),
                parentSpanId: Buffer.from('00f067aa0ba902b7', 'hex'),
                name: 'work',
                kind: Span_SpanKind.PRODUCER,
                startTimeUnixNano: 12n,
                attributes: [
                  { key: 'bytes', value: value('bytesValue', Buffer.from('hi')) },
                  { key: 'huge', value: value('intValue', -9_223_372_036_854_775_808n) },
                  { key: 'infinite', value: value('doubleValue', -Infinity) },
                  { key: 'list', value: value('arrayValue', { values: [value('stringValue', 'x'), {}] }) },
                ],
              },
            ],
          },
        ],
      },
    ],
  })
  const binary = await postProtobuf(url, toBinary(ExportTraceServiceRequestSchema, message))
  expect([binary.status, binary.headers['content-type'], binary.body.length]).toEqual([
    200,
    'application/x-protobuf',
    0,
  ])
  const fromProtobuf = (await exchange(`${url}/v1/traces/${traceId}`)).json()

  const other = await testServer()
  const attributes = [
    { key: 'bytes', value: { bytesValue: 'aGk=' } },
    { key: 'huge', value: { intValue: '-9223372036854775808' } },
    { key: 'infinite', value: { doubleValue: '-Infinity' } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, {}] } } },
  ]
  const span = { parentSpanId: '00f067aa0ba902b7', kind: 4, startTimeUnixNano: '12', attributes }
  await exchangeJson(`${other.url}/v1/traces`, requestOf(span))
  expect((await exchange(`${other.url}/v1/traces/${traceId}`)).json()).toEqual(fromProtobuf)
})

test('spans without valid ids are counted as rejected, and the others are stored', async () => {
  const { url } = await testServer()
  const spans = [{}, { spanId: '' }, { traceId: '0'.repeat(32) }, { traceId: 'W47/95gDgQPSabYzgT/GDA==' }]
  const answer = await exchangeJson(`${url}/v1/traces`, requestOf(...spans))
  expect(answer.status).toBe(200)
  const { partialSuccess } = answer.json()
  expect(partialSuccess.rejectedSpans).toBe('3')
  expect(partialSuccess.errorMessage).toMatch(/traceId: .*; spanId: |spanId: .*; traceId: /)
  expect((await exchange(`${url}/v1/traces/${traceId}`)).json().spans).toHaveLength(1)

  const span = { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(7, 1) }
  const message = create(ExportTraceServiceRequestSchema, {
    resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
  })
  const binary = await postProtobuf(url, toBinary(ExportTraceServiceRequestSchema, message))
  const decoded = fromBinary(ExportTraceServiceResponseSchema, binary.body)
  expect(decoded.partialSuccess?.rejectedSpans).toBe(1n)
  expect(decoded.partialSuccess?.errorMessage).toContain('spanId')
})

test.each([
  ['{', 'body'],
  ['[]', 'body'],
  ['null', 'body'],
  ['{"resourceSpans": 5}', 'resourceSpans'],
  ['{"resourceSpans": [5]}', 'resourceSpans'],
  ['{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}', 'spans'],
  [JSON.stringify(requestOf({ name: 5 })), 'name'],
  [JSON.stringify(requestOf({ startTimeUnixNano: -1 })), 'startTimeUnixNano'],
  [JSON.stringify(requestOf({ startTimeUnixNano: '18446744073709551616' })), 'startTimeUnixNano'],
  [JSON.stringify(requestOf({ startTimeUnixNano: '12a' })), 'startTimeUnixNano'],
  [JSON.stringify(requestOf({ attributes: [{ key: 'a', value: { intValue: 'x' } }] })), 'intValue'],
  [JSON.stringify(requestOf({ attributes: [{ key: 'a', value: { boolValue: 'true' } }] })), 'boolValue'],
  [JSON.stringify(requestOf({ attributes: [{ key: 'a', value: nested(1000) }] })), 'attributes'],
])('malformed JSON gets 400 with a Status that names the field: %.60s', async (body, field) => {
  const { url } = await testServer()
  const headers = { 'content-type': 'application/json' }
  const answer = await exchange(`${url}/v1/traces`, { method: 'POST', headers, body })
  expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/json'])
  expect(answer.json()).toEqual({ code: 3, message: expect.stringMatching(new RegExp(`^${field}: `)) })
  expect((await exchange(`${url}/v1/traces`)).json().traces).toEqual([])
})

test('malformed protobuf gets 400 with a Status in protobuf', async () => {
  const { url } = await testServer()
  const deep = deepProtobuf(5000)
  for (const body of [Buffer.from('not protobuf'), randomBytes(1000), deep]) {
    const answer = await postProtobuf(url, body)
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/x-protobuf'])
    expect(fromBinary(StatusSchema, answer.body)).toMatchObject({ code: 3, message: expect.stringContaining('body') })
  }
})

test('other media types and encodings get 415, bad gzip 400', async () => {
  const { url } = await testServer()
  const post = (headers: Record<string, string>, body = '{}'): Promise<number> =>
    exchange(`${url}/v1/traces`, { method: 'POST', headers, body }).then((answer) => answer.status)
  expect(await post({ 'content-type': 'text/plain' })).toBe(415)
  expect(await post({})).toBe(415)
  expect(await post({ 'content-type': 'application/json', 'content-encoding': 'br' })).toBe(415)
  expect(await post({ 'content-type': 'application/json', 'content-encoding': 'gzip' })).toBe(400)
  expect(await post({ 'content-type': 'application/json; charset=utf-8' })).toBe(200)
})

test('a request over the limit gets 413, packed or not, announced or not', async () => {
  const { url } = await testServer({ maxTraceRequestBytes: 10_000 })
  const headers = { 'content-type': 'application/json' }
  const post = (body: string | Uint8Array, more: Record<string, string> = {}): Promise<ExchangeAnswer> =>
    exchange(`${url}/v1/traces`, { method: 'POST', headers: { ...headers, ...more }, body })
  const large = JSON.stringify({ padding: 'x'.repeat(10_000) })
  expect((await post(large)).status).toBe(413)
  const packed = await post(gzipSync(JSON.stringify({ padding: 'x'.repeat(1_000_000) })), {
    'content-encoding': 'gzip',
  })
  expect([packed.status, packed.json().code]).toEqual([413, 8])

  const wire = await openWire(url)
  wire.write(`POST /v1/traces HTTP/1.1\r\nhost: ${new URL(url).host}\r\ncontent-type: application/json\r\n`)
  wire.write('transfer-encoding: chunked\r\n\r\n')
  for (let sent = 0; sent < 3; sent += 1) wire.write(`1000\r\n${' '.repeat(0x1000)}\r\n`)
  expect(await wire.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /)
})

test('a gzip bomb is stopped at the limit', async () => {
  const { url } = await testServer()
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(100_000)
  const answer = await exchange(`${url}/v1/traces`, { method: 'POST', headers, body: bomb })
  expect(answer.status).toBe(413)
})

test('a request that would become far more objects than its size has reason to hold is refused', async () => {
  const { url } = await testServer({ maxTraceRequestBytes: 80_000 })
  const emptyMessages = Buffer.from('0a00'.repeat(39_000), 'hex')
  const packed = await postProtobuf(url, gzipSync(emptyMessages), { 'content-encoding': 'gzip' })
  expect([packed.status, fromBinary(StatusSchema, packed.body).message]).toEqual([
    413,
    'body: holds more than 10000 objects; send smaller batches',
  ])
  for (const item of ['{}', '[]']) {
    const body = `{"resourceSpans":[${Array(20_000).fill(item).join(',')}]}`
    const headers = { 'content-type': 'application/json' }
    expect((await exchange(`${url}/v1/traces`, { method: 'POST', headers, body })).status).toBe(413)
  }
})

test('a request of far more spans than any batch has is refused, and nothing of it is kept', async () => {
  const { url } = await testServer()
  const spans = Array.from({ length: 100_001 }, (_, index) => ({
    traceId,
    spanId: index.toString(16).padStart(16, '1'),
  }))
  const refused = await exchangeJson(`${url}/v1/traces`, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
  expect([refused.status, refused.json().message]).toEqual([
    413,
    'body: holds more than 100000 spans; send smaller batches',
  ])
  expect((await exchange(`${url}/v1/traces`)).json().traces).toEqual([])
})

test('a request whose spans repeat a large resource or scope over and over is refused, and nothing of it is kept', async () => {
  const { url } = await testServer({ maxTraceRequestBytes: 20_000 })
  const exportWith = (spanCount: number, changes: { resource?: object; scope?: object }): Promise<ExchangeAnswer> => {
    const spans = Array.from({ length: spanCount }, (_, index) => ({
      traceId,
      spanId: (index + 1).toString(16).padStart(16, '0'),
    }))
    const { resource, scope } = changes
    return exchangeJson(`${url}/v1/traces`, { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] })
  }
  const large = 'x'.repeat(10_000)
  const resource = { attributes: [{ key: 'text', value: { stringValue: large } }] }
  for (const changes of [{ resource }, { scope: { name: large } }, { scope: { version: large } }]) {
    const refused = await exportWith(9, changes)
    expect([refused.status, refused.json().message]).toEqual([
      413,
      'resourceSpans: the spans repeat more than 80000 characters of their resources and scopes; send smaller batches',
    ])
  }
  expect((await exchange(`${url}/v1/traces`)).json().traces).toEqual([])
  expect((await exportWith(7, { resource })).status).toBe(200)
})

test('an attribute with a very long name is kept, but its references are not stored with that name once more each', async () => {
  const { url } = await testServer()
  const reference = { sha256: sha256Of('x'), size_bytes: 1, content_type: 'text/plain' }
  const value = { stringValue: JSON.stringify({ [ARTIFACT_REFERENCE_KEY]: reference }) }
  const long = 'k'.repeat(300)
  const attributes = [long, 'short'].map((key) => ({ key, value }))
  await exchangeJson(`${url}/v1/traces`, requestOf({ attributes }))
  const [span] = (await exchange(`${url}/v1/traces/${traceId}`)).json().spans
  expect(Object.keys(span.attributes)).toEqual([long, 'short'])
  expect(span.artifacts.map((artifact: Loose) => artifact.key)).toEqual(['short'])
})

test('when too many large requests are under way at once, the next one gets 503 and may try again', async () => {
  const { url } = await testServer({ maxTraceRequestBytes: 1000 })
  const start = async (): Promise<Wire> => {
    const wire = await openWire(url)
    wire.write(`POST /v1/traces HTTP/1.1\r\nhost: ${new URL(url).host}\r\ncontent-type: application/json\r\n`)
    wire.write(`content-length: 1000\r\nexpect: 100-continue\r\n\r\n`)
    await wire.until('100 Continue')
    wire.write(' '.repeat(998))
    return wire
  }
  const wires = await Promise.all(Array.from({ length: 9 }, start))
  const refused = await Promise.any(wires.map((wire) => wire.until('HTTP/1.1 503')))
  expect(refused).toMatch(/retry-after: 1/)
  for (const wire of wires) wire.write('{}')
  const accepted = wires.filter((wire) => !wire.received().includes('HTTP/1.1 503'))
  expect(accepted).toHaveLength(8)
  for (const wire of accepted) await wire.until('HTTP/1.1 200')
  expect((await exchangeJson(`${url}/v1/traces`, {})).status).toBe(200)
})

test('of a trace with very many spans the first ones are shown, and the answer says so', async () => {
  const { url } = await testServer()
  const spans = Array.from({ length: 10_001 }, (_, index) => ({
    spanId: (index + 1).toString(16).padStart(16, '0'),
    startTimeUnixNano: String(20_000 - index),
  }))
  await exchangeJson(`${url}/v1/traces`, requestOf(...spans))
  const trace = (await exchange(`${url}/v1/traces/${traceId}`)).json()
  expect([trace.truncated, trace.spans.length]).toEqual([true, 10_000])
  expect(trace.spans[0].start_time_unix_nano).toBe('10000')
  expect((await exchange(`${url}/v1/traces`)).json().traces[0].span_count).toBe(10_001)
})

test('spans come in any order, in several batches and twice, and the trace is the same', async () => {
  const spans = [
    { spanId: '00000000000000a1', name: 'root', startTimeUnixNano: '100', endTimeUnixNano: '900' },
    { spanId: '00000000000000a2', parentSpanId: '00000000000000a1', startTimeUnixNano: '200', endTimeUnixNano: '950' },
    { spanId: '00000000000000a3', parentSpanId: '00000000000000a2', startTimeUnixNano: '50', status: { code: 2 } },
  ]
  const orders = [[spans], [[spans[2]!], [spans[1]!], [spans[0]!]], [spans, spans, [spans[1]!, spans[1]!]]]
  const results: unknown[] = []
  for (const batches of orders) {
    const { url } = await testServer()
    for (const batch of batches) await exchangeJson(`${url}/v1/traces`, requestOf(...batch))
    const list = (await exchange(`${url}/v1/traces`)).json()
    results.push([list, (await exchange(`${url}/v1/traces/${traceId}`)).json()])
    expect(list.traces[0]).toMatchObject({
      root_name: 'root',
      span_count: 3,
      error_count: 1,
      start_time_unix_nano: '50',
      duration_nano: '900',
    })
  }
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})

test('a span that is sent again with other references has only the new ones', async () => {
  const { url } = await testServer()
  const send = (content: string): Promise<unknown> =>
    exchangeJson(`${url}/v1/traces`, requestOf({ attributes: [{ key: 'file', value: referenceTo(content) }] }))
  await send('first')
  await send('second')
  const { spans } = (await exchange(`${url}/v1/traces/${traceId}`)).json()
  expect(spans[0].artifacts.map((link: Loose) => link.reference.sha256)).toEqual([sha256Of('second')])
  expect((await exchange(`${url}/v1/traces`)).json().traces[0].artifact_count).toBe(1)
})

test('the trace tells the state of every artifact that its attributes refer to', async () => {
  const { url } = await testServer()
  await storeArtifact(url, 'stored', { contentType: 'image/png', filename: 'a.png' })
  await exchangeJson(`${url}/v1/artifacts`, registrationOf('promised'))
  const messages = [
    {
      role: 'user',
      parts: [
        { type: 'text', content: 'What is this?' },
        {
          type: 'uri',
          modality: 'image',
          mime_type: 'image/png',
          uri: 'artifact:sha256:x',
          byte_size: 6,
          sha256: sha256Of('stored'),
        },
        { type: 'uri', modality: 'image', mime_type: 'image/png', uri: 'https://elsewhere.example/a.png' },
      ],
    },
  ]
  const attributes = {
    ready: wrapped('stored'),
    pending: wrapped('promised'),
    missing: wrapped('never heard of'),
    dropped: wrapped('given up', { dropped: 'too_large' }),
    both: [wrapped('stored'), wrapped('promised', { field: 'upload' })],
    flat: { type: ARTIFACT_REFERENCE_KEY, ...reference('stored') },
    nested: { deep: [{ list: [wrapped('stored')] }] },
    'gen_ai.input.messages': messages,
    'not.gen_ai': messages,
    broken: { [ARTIFACT_REFERENCE_KEY]: { sha256: 'x' } },
  }
  const pairs = Object.entries(attributes).map(([key, value]) => ({
    key,
    value: { stringValue: JSON.stringify(value) },
  }))
  await exchangeJson(`${url}/v1/traces`, requestOf({ attributes: pairs }))

  const { artifacts } = (await exchange(`${url}/v1/traces/${traceId}`)).json().spans[0]
  expect(artifacts.map((link: Loose) => [link.key, link.reference.sha256, link.state])).toEqual([
    ['ready', sha256Of('stored'), 'ready'],
    ['pending', sha256Of('promised'), 'pending'],
    ['missing', sha256Of('never heard of'), 'missing'],
    ['dropped', sha256Of('given up'), 'dropped'],
    ['both', sha256Of('stored'), 'ready'],
    ['both', sha256Of('promised'), 'pending'],
    ['flat', sha256Of('stored'), 'ready'],
    ['nested', sha256Of('stored'), 'ready'],
    ['gen_ai.input.messages', sha256Of('stored'), 'ready'],
  ])
  expect(artifacts[0].stored).toEqual({ content_type: 'image/png', size_bytes: 6, created_at: expect.any(String) })
  expect(artifacts[1].stored).toBeNull()
  expect(artifacts[3].reference.dropped).toBe('too_large')
  expect(artifacts.at(-1).reference).toEqual({
    sha256: sha256Of('stored'),
    size_bytes: 6,
    content_type: 'image/png',
  })

  const [summary] = (await exchange(`${url}/v1/traces`)).json().traces
  expect(summary.artifact_count).toBe(4)
  expect(summary.artifacts).toHaveLength(4)
  expect(summary.artifacts.map((preview: Loose) => preview.state).toSorted()).toEqual([
    'dropped',
    'missing',
    'pending',
    'ready',
  ])
  const metadata = (await exchange(`${url}/v1/artifacts/${sha256Of('stored')}`)).json()
  expect(metadata.references.map((use: Loose) => use.key).toSorted()).toEqual(
    ['both', 'flat', 'gen_ai.input.messages', 'nested', 'ready'].toSorted(),
  )
  expect(metadata.references[0]).toMatchObject({ trace_id: traceId, span_id: spanId, span_name: 'work' })
})

test('references as structured values and in events are found, and many are bounded', async () => {
  const { url } = await testServer()
  const structured = {
    key: 'structured',
    value: {
      kvlistValue: {
        values: [
          {
            key: ARTIFACT_REFERENCE_KEY,
            value: {
              kvlistValue: {
                values: [
                  { key: 'sha256', value: { stringValue: sha256Of('a') } },
                  { key: 'size_bytes', value: { intValue: '1' } },
                  { key: 'content_type', value: { stringValue: 'text/plain' } },
                ],
              },
            },
          },
        ],
      },
    },
  }
  const event = { name: 'body', attributes: [{ key: 'in.event', value: referenceTo('b') }] }
  const many = Array.from({ length: 2000 }, (_, index) => ({ key: `many.${index}`, value: referenceTo(`${index}`) }))
  await exchangeJson(`${url}/v1/traces`, requestOf({ attributes: [structured], events: [event] }))
  const { spans } = (await exchange(`${url}/v1/traces/${traceId}`)).json()
  expect(spans[0].artifacts.map((link: Loose) => link.key)).toEqual(['structured', 'in.event'])
  await exchangeJson(`${url}/v1/traces`, requestOf({ attributes: many }))
  const again = (await exchange(`${url}/v1/traces/${traceId}`)).json().spans[0]
  expect(again.artifacts).toHaveLength(1000)
  expect(Object.keys(again.attributes)).toHaveLength(2000)
})

test('the list of traces goes on page by page, newest first', async () => {
  const { url } = await testServer()
  const ids = Array.from({ length: 7 }, (_, index) => (index + 1).toString(16).padStart(32, '0'))
  const spans = ids.map((id, index) => ({ traceId: id, startTimeUnixNano: String(Math.floor(index / 2)) }))
  await exchangeJson(`${url}/v1/traces`, requestOf(...spans))
  const seen: string[] = []
  let cursor: string | null = ''
  do {
    const page: Loose = (await exchange(`${url}/v1/traces?limit=3&cursor=${cursor}`)).json()
    seen.push(...page.traces.map((trace: Loose) => trace.trace_id))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(seen).toEqual(ids.toReversed())
})

test('a trace that is unknown gets 404, and a malformed id 400', async () => {
  const { url } = await testServer()
  expect((await exchange(`${url}/v1/traces/${traceId}`)).status).toBe(404)
  expect((await exchange(`${url}/v1/traces/xyz`)).status).toBe(400)
})

/** An `AnyValue` as the protobuf library has it. */
function value(kind: string, content: unknown): object {
  return { value: { case: kind, value: content } }
}

function reference(content: string, more: object = {}): object {
  return { sha256: sha256Of(content), size_bytes: content.length, content_type: 'text/plain', ...more }
}

function wrapped(content: string, more?: object): object {
  return { [ARTIFACT_REFERENCE_KEY]: reference(content, more) }
}

function referenceTo(content: string): object {
  return { stringValue: JSON.stringify(wrapped(content)) }
}

function nested(depth: number): object {
  return depth === 0 ? { boolValue: true } : { arrayValue: { values: [nested(depth - 1)] } }
}

/** An attribute value of so many arrays in one another, written by hand. */
function deepProtobuf(depth: number): Buffer {
  let innermost = Buffer.alloc(0)
  for (let level = 0; level < depth; level += 1) innermost = field(5, field(1, innermost))
  const attribute = field(9, Buffer.concat([field(1, Buffer.from('a')), field(2, innermost)]))
  const ids = [field(1, Buffer.from(traceId, 'hex')), field(2, Buffer.from(spanId, 'hex'))]
  return field(1, field(2, field(2, Buffer.concat([...ids, attribute]))))
}

/** A length-delimited field of protobuf. */
function field(number: number, content: Uint8Array): Buffer<ArrayBuffer> {
  const length: number[] = []
  for (let rest = content.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content])
}
