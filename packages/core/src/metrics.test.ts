import { createNoopMeter, type Meter, metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, expect, test } from 'vitest'
import { Artifact } from './artifact.js'
import { brokerClient, memoryClient } from './test-fixtures/clients.js'

afterEach(() => metrics.disable())

/** Registers a real metrics SDK and gives a way to read what it collected. */
function startMetrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  return async () => {
    exporter.reset()
    await reader.forceFlush()
    const scope = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .find(({ scope: { name } }) => name === 'span-artifacts')
    return new Map(scope?.metrics.map((metric) => [metric.descriptor.name, metric]))
  }
}

test('what became of artifacts is measured, with the reason where they are lost', async () => {
  const collect = startMetrics()
  const { client, broker } = await brokerClient({ maxArtifactBytes: 100 })
  await broker.script('register', [{ kind: 'status', status: 413 }])
  await new Artifact('refused', { client }).uploaded.catch(() => undefined)
  await new Artifact('stored', { client }).uploaded
  await new Artifact('stored', { client }).uploaded
  new Artifact('x'.repeat(101), { client }).reference()

  const collected = await collect()
  const points = (name: string): unknown[] =>
    collected.get(`span_artifacts.uploader.${name}`)!.dataPoints.map(({ attributes, value }) => {
      expect(attributes).toMatchObject({
        'otel.component.type': 'span_artifacts_uploader',
        'otel.component.name': expect.stringMatching(/^span_artifacts_uploader\/\d+$/),
        'server.address': '127.0.0.1',
      })
      return [attributes['error.type'], value]
    })
  expect(new Set(points('uploaded'))).toEqual(
    new Set([
      ['413', 1],
      [undefined, 1],
      ['too_large', 1],
    ]),
  )
  expect(points('uploaded_bytes')).toEqual([[undefined, 6]])
  expect(points('deduplicated')).toEqual([[undefined, 1]])
  expect(points('queue.size')).toEqual([[undefined, 0]])
  expect(points('queue.capacity')).toEqual([[undefined, 2048]])
  expect(points('queue.bytes')).toEqual([[undefined, 0]])
  expect(points('inflight')).toEqual([[undefined, 0]])
  expect(points('operation.duration')).toMatchObject([
    ['413', { count: 1 }],
    [undefined, { count: 1 }],
  ])
  expect(collected.get('span_artifacts.uploader.operation.duration')!.descriptor.unit).toBe('s')
  expect(collected.get('span_artifacts.uploader.queue.bytes')!.descriptor.unit).toBe('By')
})

test('a metrics SDK that is registered after the first artifact sees the later ones', async () => {
  const { client } = memoryClient()
  await new Artifact('before', { client }).uploaded
  const collect = startMetrics()
  await new Artifact('after', { client }).uploaded
  expect((await collect()).get('span_artifacts.uploader.uploaded')!.dataPoints).toMatchObject([{ value: 1 }])
})

const fail = (): never => {
  throw new Error('out of order')
}

const failingInstruments = (): Meter =>
  Object.assign(Object.create(createNoopMeter()), {
    createCounter: () => ({ add: fail }),
    createHistogram: () => ({ record: fail }),
  })

test.each<[string, () => Meter]>([
  ['whose meters cannot be had', fail],
  ['whose instruments fail', failingInstruments],
])('a metrics SDK %s costs no artifact', async (_, getMeter) => {
  metrics.setGlobalMeterProvider({ getMeter })
  const { client, destination } = memoryClient({ maxArtifactBytes: 10 })
  expect(new Artifact('much too large', { client }).reference().dropped).toBe('too_large')
  await new Artifact('stored', { client }).uploaded
  await new Artifact('stored', { client }).uploaded
  expect(destination.artifacts.size).toBe(1)
  expect(client.stats()).toMatchObject({ accepted: 3, uploaded: 1, deduplicated: 1 })
  await client.shutdown()
})

test('a metrics SDK that cannot be left does not keep the client from the next one', async () => {
  const removeCallback = fail
  const createObservableUpDownCounter = () => ({ addCallback: () => undefined, removeCallback })
  metrics.setGlobalMeterProvider({
    getMeter: () => Object.assign(Object.create(createNoopMeter()), { createObservableUpDownCounter }),
  })
  const { client } = memoryClient()
  metrics.disable()
  const collect = startMetrics()
  await new Artifact('after', { client }).uploaded
  expect((await collect()).get('span_artifacts.uploader.uploaded')!.dataPoints).toMatchObject([{ value: 1 }])
})

test('a client that was shut down is no longer observed', async () => {
  const collect = startMetrics()
  const { client } = memoryClient()
  await client.shutdown()
  expect((await collect()).get('span_artifacts.uploader.queue.size')?.dataPoints ?? []).toEqual([])
})
