import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REQUEST_BODY_KEY, REQUEST_FILES_KEY, RESPONSE_BODY_KEY, type Exchange } from '../traffic/exchange.js'
import { sendSampleTraffic, sessionAnswer } from '../traffic/sample-traffic.js'
import { loadSamples, type Samples } from '../traffic/samples.js'
import { verifyExchange, type VerifiedExchange } from '../verification/verify-exchange.js'
import { arrivalDeadline, startDemo, type RunningDemo } from './running-demo.js'

describe('the traffic that `start` sends', () => {
  let demo: RunningDemo
  let samples: Samples
  let exchanges: Exchange[]
  let verified: VerifiedExchange[]

  beforeAll(async () => {
    demo = await startDemo()
    samples = await loadSamples()
    exchanges = await sendSampleTraffic(demo.helpDesk.url, samples)
    const deadline = arrivalDeadline()
    verified = await Promise.all(exchanges.map((each) => verifyExchange(demo.server, each, { deadline })))
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  const find = (title: string): Exchange => exchanges.find((each) => each.title === title)!
  const artifactsOf = async ({ traceId }: Exchange) =>
    (await demo.server.trace(traceId))!.spans.flatMap((span) => span.artifacts)
  const storedAs = async (exchange: Exchange, key: string, field?: string): Promise<Buffer> => {
    const artifacts = await artifactsOf(exchange)
    const { reference } = artifacts.find((each) => each.key === key && each.reference.field === field)!
    const blob = (await demo.server.blob(reference.sha256))!
    expect(reference.size_bytes).toBe(blob.length)
    expect(reference.sha256).toBe(createHash('sha256').update(blob).digest('hex'))
    return blob
  }

  test('leaves every artifact in the server, as it was on the wire, and nothing else', () => {
    expect(verified.flatMap(({ problems }) => problems)).toEqual([])
    expect(verified.map(({ artifacts }) => artifacts.length)).toEqual(exchanges.map(({ expected }) => expected.length))
  })

  test('uses real files of real size', () => {
    const sizes = Object.fromEntries(Object.entries(samples).map(([name, { bytes }]) => [name, bytes.length]))
    expect(sizes['photo']).toBeGreaterThan(2_000_000)
    expect(sizes['voice']).toBeGreaterThan(500_000)
    expect(sizes['warranty']).toBeGreaterThan(100_000)
    expect(sizes['diagnostics']).toBeGreaterThan(1_000_000)
  })

  test.each(['photo', 'voice', 'warranty'] as const)('stores the uploaded %s byte for byte', async (field) => {
    const blob = await storedAs(find('POST /tickets'), REQUEST_FILES_KEY, field)
    expect(blob.equals(samples[field].bytes)).toBe(true)
  })

  test('stores the JSON of a megabyte byte for byte', async () => {
    const blob = await storedAs(find('POST /tickets/T-1001/diagnostics'), REQUEST_BODY_KEY)
    expect(blob.equals(samples.diagnostics.bytes)).toBe(true)
  })

  test('stores a streamed PDF as the client received it', async () => {
    const receipt = find('GET /tickets/T-1001/receipt.pdf')
    const blob = await storedAs(receipt, RESPONSE_BODY_KEY)
    expect(blob.subarray(0, 5).toString()).toBe('%PDF-')
    expect(blob.equals(receipt.body)).toBe(true)
  })

  test('stores a streamed text as the client received it', async () => {
    const history = find('GET /tickets/T-1001/history.txt')
    const blob = await storedAs(history, RESPONSE_BODY_KEY)
    expect(blob.toString()).toContain('received broken-lamp.jpg (image/jpeg, 2630188 bytes)')
    expect(blob.toString()).toContain('Ida Brandt answered: We are sorry.')
    expect(blob.equals(history.body)).toBe(true)
  })

  test('stores the same photo once, whether it came in or went out', async () => {
    const [out] = await artifactsOf(find('GET /tickets/T-1001/attachments/photo'))
    const photoIn = (await artifactsOf(find('POST /tickets'))).find(({ reference }) => reference.field === 'photo')!
    expect(out!.reference.sha256).toBe(photoIn.reference.sha256)
  })

  test('puts what the app attaches by hand on the span of its own work', async () => {
    const trace = (await demo.server.trace(find('POST /tickets/T-1001/diagnostics').traceId))!
    const work = trace.spans.find(({ name }) => name === 'analyse diagnostics')!
    expect(work.artifacts.map(({ key }) => key).sort()).toEqual(['diagnostics.chart', 'diagnostics.summary'])
  })

  test('puts everything of HTTP on the span of the server, which knows its route', async () => {
    const trace = (await demo.server.trace(find('GET /tickets/T-1001').traceId))!
    const server = trace.spans.find(({ kind }) => kind === 'SERVER')!
    expect(server.name).toBe('GET /tickets/:number')
    expect(server.artifacts.map(({ key }) => key)).toEqual([RESPONSE_BODY_KEY])
  })

  test('shows neither the password nor the token of an agent in any artifact', async () => {
    const { accessToken } = sessionAnswer.parse(JSON.parse(find('POST /sessions').body.toString()))
    for (const exchange of exchanges) {
      for (const { reference } of await artifactsOf(exchange)) {
        const blob = (await demo.server.blob(reference.sha256))!
        expect(blob.includes(accessToken)).toBe(false)
        expect(blob.includes('correct horse battery staple')).toBe(false)
      }
    }
  })

  test('tells the client what was wrong with its form', () => {
    const refused = exchanges.find(({ status }) => status === 400)!
    expect(JSON.parse(refused.body.toString())).toEqual({
      error: {
        code: 'invalid_input',
        message: 'These fields are missing or wrong: email, product, description.',
        fields: {
          email: 'Give an e-mail address that we can answer to.',
          product: 'Give the product.',
          description: 'Describe what happened.',
        },
      },
    })
  })

  describe('is verified by a check that notices', () => {
    test('one changed byte', async () => {
      const receipt = find('GET /tickets/T-1001/receipt.pdf')
      const changed = Buffer.from(receipt.body)
      changed[1000]! ^= 1
      const expected = receipt.expected.map((each) => ({
        ...each,
        content: { kind: 'bytes' as const, bytes: changed },
      }))
      const { artifacts, problems } = await verifyExchange(
        demo.server,
        { ...receipt, expected },
        { deadline: Date.now() },
      )
      expect(artifacts).toEqual([])
      expect(problems).toEqual([expect.stringContaining('that were on the wire')])
    })

    test('a missing artifact, and one too many', async () => {
      const filed = find('POST /tickets')
      const [, ...expected] = filed.expected
      const others = [...expected, { ...expected[0]!, field: 'video' }]
      const { problems } = await verifyExchange(demo.server, { ...filed, expected: others }, { deadline: Date.now() })
      expect(problems).toEqual([
        `${REQUEST_FILES_KEY} (video) is missing`,
        `${REQUEST_BODY_KEY} was neither sent nor received`,
      ])
    })

    test('a trace that never arrived', async () => {
      const traceId = '0123456789abcdef0123456789abcdef'
      const { problems } = await verifyExchange(demo.server, { ...find('GET /'), traceId }, { deadline: Date.now() })
      expect(problems).toEqual([`the server has no trace ${traceId}`])
    })
  })
})
