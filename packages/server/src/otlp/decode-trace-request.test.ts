import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeJsonTraceRequest, decodeProtobufTraceRequest } from './decode-trace-request.js'
import { MalformedTraceRequestError } from './fields.js'

const maxBytes = 1_000_000

/** What came of decoding; any other error than the expected one is thrown on. */
function outcomeOf(decode: () => unknown): 'decoded' | 'malformed' {
  try {
    decode()
    return 'decoded'
  } catch (error) {
    if (error instanceof MalformedTraceRequestError) return 'malformed'
    throw error
  }
}

test('any JSON is decoded or called malformed, never anything else', () => {
  const names = [
    'resourceSpans', 'scopeSpans', 'spans', 'resource', 'scope', 'attributes', 'events', 'links', 'key', 'value', 'values',
    'stringValue', 'intValue', 'doubleValue', 'bytesValue', 'arrayValue', 'kvlistValue', 'traceId', 'spanId', 'case',
    'startTimeUnixNano', 'kind', 'status', 'code', '__proto__', 'constructor',
  ] // prettier-ignore
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('5b8efff798038103d269b633813fc60c', 'eee19b7ec3c1b174'),
    ),
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const json: unknown = JSON.parse(JSON.stringify(value))
      expect(outcomeOf(() => decodeJsonTraceRequest(json, maxBytes))).toBeTypeOf('string')
    }),
    { numRuns: 1000 },
  )
})

test('any bytes are decoded or called malformed, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(outcomeOf(() => decodeProtobufTraceRequest(bytes, maxBytes))).toBeTypeOf('string')
    }),
    { numRuns: 1000 },
  )
})

test('attribute values survive the way from OTLP/JSON to ours', () => {
  const otlpValue = (value: fc.JsonValue): object => {
    if (value === null) return {}
    if (typeof value === 'string') return { stringValue: value }
    if (typeof value === 'boolean') return { boolValue: value }
    if (typeof value === 'number') return { doubleValue: value }
    if (Array.isArray(value)) return { arrayValue: { values: value.map(otlpValue) } }
    return { kvlistValue: { values: Object.entries(value).map(([key, item]) => ({ key, value: otlpValue(item!) })) } }
  }
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const plain: fc.JsonValue = JSON.parse(JSON.stringify(value))
      const span = {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        attributes: [{ key: 'value', value: otlpValue(plain) }],
      }
      const { spans } = decodeJsonTraceRequest({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }, maxBytes)
      expect(JSON.stringify(spans[0]?.attributes['value'])).toBe(JSON.stringify(plain))
    }),
  )
})
