import { trace } from '@opentelemetry/api'
import { parseArtifactReference } from '@span-artifacts/core'
import bodyParser from 'body-parser'
import { describe, expect, test } from 'vitest'
import { capturedExchange, type ContractSetting } from './adapter.js'
import { sha256 } from './payloads.js'
import { run, type Application } from './application.js'
import { send } from './send.js'

const json = { 'content-type': 'application/json' }

const echoJson: Application = async (request, response) => {
  await run(bodyParser.json(), request, response)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(request.body))
}

/** The exchange as a whole: the right span, once, only when wanted, and never an error of ours. */
export function describeExchanges({ adapter, tracing, store }: ContractSetting): void {
  describe(`with ${adapter.name} the capture`, () => {
    test('sets every reference on the SERVER span, whatever span is active in the handler', async () => {
      await using server = await adapter.serve(
        (request, response) =>
          trace.getTracer('test').startActiveSpan('handler', async (span) => {
            await echoJson(request, response)
            span.end()
          }),
        { client: store.client },
      )
      const received = await send(server.url, { headers: json, body: '{"a":1}' })
      const attributes = await tracing.serverAttributes()
      expect(capturedExchange(attributes)).toMatchObject({
        request: { sha256: sha256('{"a":1}'), content_type: 'application/json' },
        response: { sha256: sha256(received.body), content_type: 'application/json; charset=utf-8' },
        files: [],
      })
      for (const span of tracing.allSpans().filter(({ name }) => name === 'handler')) {
        expect(Object.keys(span.attributes)).toEqual([])
      }
    })

    test('submits what it references', async () => {
      await using server = await adapter.serve(echoJson, { client: store.client })
      await send(server.url, { headers: json, body: '{ "stored": true }' })
      await tracing.serverAttributes()
      const blobs = await store.blobs()
      expect(Buffer.from(blobs.get(sha256('{ "stored": true }')) ?? '').toString()).toBe('{ "stored": true }')
      expect(Buffer.from(blobs.get(sha256('{"stored":true}')) ?? '').toString()).toBe('{"stored":true}')
    })

    test('points to the stored bodies for any backend, where the destination has an address', async () => {
      await using server = await adapter.serve(echoJson, { client: store.client })
      await send(server.url, { headers: json, body: '{"a":1}' })
      const attributes = await tracing.serverAttributes()
      const { request, response } = capturedExchange(attributes)
      expect(attributes['http.request.body.content_ref']).toBe(request?.url)
      expect(attributes['http.response.body.content_ref']).toBe(response?.url)
    })

    test('shows no text unless asked, and then the beginning of it', async () => {
      const body = JSON.stringify({ text: 'ééé'.repeat(100) })
      for (const previewBytes of [0, 12]) {
        tracing.reset()
        await using server = await adapter.serve(echoJson, { client: store.client, previewBytes })
        await send(server.url, { headers: json, body })
        const attributes = await tracing.serverAttributes()
        // Ten bytes of `{"text":"é`, and the next character would not fit whole.
        const expected = previewBytes === 0 ? undefined : '{"text":"é'
        expect(attributes['http.request.body.content']).toBe(expected)
        expect(attributes['http.response.body.content']).toBe(expected)
      }
    })

    test('uses other names for its attributes, where it is told some', async () => {
      const attributeNames = {
        requestBody: 'my.request',
        responseBody: 'my.response',
        requestContent: 'my.request.text',
        responseContentReference: 'my.response.address',
      }
      await using server = await adapter.serve(echoJson, { client: store.client, previewBytes: 4, attributeNames })
      await send(server.url, { headers: json, body: '{"a":1}' })
      const attributes = await tracing.serverAttributes()
      const digest = sha256('{"a":1}')
      expect(parseArtifactReference(attributes['my.request'])?.sha256).toBe(digest)
      expect(parseArtifactReference(attributes['my.response'])).toMatchObject({ sha256: digest })
      expect([attributes['my.request.text'], attributes['http.response.body.content']]).toEqual(['{"a"', '{"a"'])
      expect(Object.keys(attributes).filter((name) => name.startsWith('span_artifacts'))).toEqual([])
      expect(attributes).not.toHaveProperty('http.request.body.content')
    })

    test('touches nothing that is to be ignored', async () => {
      await using server = await adapter.serve(echoJson, {
        client: store.client,
        ignore: ({ url }) => url === '/health',
      })
      await send(`${server.url}/health`, { headers: json, body: '{}' })
      const { request, response } = capturedExchange(await tracing.serverAttributes())
      expect([request, response]).toEqual([undefined, undefined])
    })

    test('forgets what shouldCapture does not want, when the status is known', async () => {
      for (const [path, status] of [
        ['/works', 200],
        ['/fails', 500],
      ] as const) {
        tracing.reset()
        await using server = await adapter.serve(
          (request, response) => {
            response.statusCode = request.url === '/fails' ? 500 : 200
            response.end(`unwanted or wanted: ${status}`)
          },
          { client: store.client, shouldCapture: (_, { statusCode }) => statusCode >= 500 },
        )
        await send(`${server.url}${path}`)
        const { response } = capturedExchange(await tracing.serverAttributes())
        expect(response === undefined).toBe(status === 200)
        expect((await store.blobs()).has(sha256(`unwanted or wanted: ${status}`))).toBe(status === 500)
      }
    })

    test.each<[string, object]>([
      ['ignore', { ignore: fail }],
      ['shouldCapture', { shouldCapture: fail }],
      ['redact', { redact: fail }],
    ])('answers as ever when the function given as %s throws', async (_, options) => {
      await using server = await adapter.serve(echoJson, { client: store.client, ...options })
      const received = await send(server.url, { headers: json, body: '{"unharmed":true}' })
      expect(received).toMatchObject({ status: 200, body: Buffer.from('{"unharmed":true}') })
      const { request } = capturedExchange(await tracing.serverAttributes())
      expect(request?.dropped).toBe(request && 'redaction_failed')
    })
  })
}

function fail(): never {
  throw new Error('a mistake in the application')
}
