import { type Attributes, metrics, type MeterProvider, type ObservableResult } from '@opentelemetry/api'
import type { ArtifactClientStats } from './accounting.js'
import { diagnostics } from './diagnostics.js'
import { nameOfForeignError } from './errors.js'

const METER_NAME = 'span-artifacts'
const COMPONENT_TYPE = 'span_artifacts_uploader'
const MS_PER_SECOND = 1000

/** The self-metrics of one client, by the names of the semantic conventions for SDK components. */
export interface ClientMetrics {
  /**
   * An attempt has stored an artifact.
   *
   * @param sizeBytes how much was uploaded; `undefined` where the destination had it already
   */
  recordStored(durationMs: number, sizeBytes: number | undefined): void
  /** An attempt has failed. */
  recordFailedOperation(durationMs: number, errorType: string): void
  /** An artifact will not be stored, for this reason. */
  countLost(errorType: string): void
  /** An artifact need not be uploaded. */
  countDeduplicated(): void
  /** Stops observing the client. */
  shutdown(): void
}

export interface ClientMetricsOptions {
  /** How many artifacts the queue holds at most. */
  readonly capacity: number
  /** The host that artifacts go to, if any. */
  readonly address: string | undefined
  readonly stats: () => ArtifactClientStats
}

type Instruments = Omit<ClientMetrics, 'shutdown'> & { stopObserving(): void }

let clients = 0

/**
 * Measures a client through the OpenTelemetry metrics API; costs nothing without an SDK. The API has no proxy for meters,
 * so the provider is asked for anew each time: an application may well register its own after the first artifact.
 */
export function createClientMetrics(options: ClientMetricsOptions): ClientMetrics {
  const attributes: Attributes = {
    'otel.component.type': COMPONENT_TYPE,
    'otel.component.name': `${COMPONENT_TYPE}/${clients}`,
    ...(options.address === undefined ? {} : { 'server.address': options.address }),
  }
  clients += 1
  let provider: MeterProvider | undefined
  let current: Instruments | undefined
  let isShutDown = false

  const instruments = (): Instruments | undefined => {
    const now = metrics.getMeterProvider()
    if (isShutDown || now === provider) return current
    provider = now
    const previous = current
    current = undefined
    // The one before may be out of order; the new one is not.
    guard(() => previous?.stopObserving())
    current = createInstruments(now, attributes, options)
    return current
  }
  guard(instruments)

  return {
    recordStored: (durationMs, sizeBytes) => guard(() => instruments()?.recordStored(durationMs, sizeBytes)),
    recordFailedOperation: (durationMs, errorType) =>
      guard(() => instruments()?.recordFailedOperation(durationMs, errorType)),
    countLost: (errorType) => guard(() => instruments()?.countLost(errorType)),
    countDeduplicated: () => guard(() => instruments()?.countDeduplicated()),
    shutdown() {
      isShutDown = true
      guard(() => current?.stopObserving())
    },
  }
}

/** A metrics SDK is the application's code: its faults must cost neither an artifact nor the process. */
function guard(measure: () => void): void {
  try {
    measure()
  } catch (error) {
    diagnostics.warn('metrics_failed', `the meters of this process failed: ${nameOfForeignError(error)}`)
  }
}

function createInstruments(
  provider: MeterProvider,
  attributes: Attributes,
  { capacity, stats }: ClientMetricsOptions,
): Instruments {
  const meter = provider.getMeter(METER_NAME)
  const withError = (errorType: string): Attributes => ({ ...attributes, 'error.type': errorType })

  const uploaded = meter.createCounter(metricName('uploaded'), {
    unit: '{artifact}',
    description: 'Artifacts that are done with; error.type says why one is not stored.',
  })
  const uploadedBytes = meter.createCounter(metricName('uploaded_bytes'), { unit: 'By', description: 'Bytes stored.' })
  const deduplicated = meter.createCounter(metricName('deduplicated'), {
    unit: '{artifact}',
    description: 'Artifacts whose content was stored, or on its way, already.',
  })
  const duration = meter.createHistogram(metricName('operation.duration'), {
    unit: 's',
    description: 'Duration of one attempt to store an artifact.',
  })

  const observed: readonly (readonly [suffix: string, unit: string, description: string, value: () => number])[] = [
    ['queue.size', '{artifact}', 'Artifacts that wait for an attempt.', () => stats().queued],
    ['queue.capacity', '{artifact}', 'Artifacts that the queue holds at most.', () => capacity],
    ['queue.bytes', 'By', 'Bytes in memory for artifacts that are not stored yet.', () => stats().queuedBytes],
    ['inflight', '{artifact}', 'Artifacts under way.', () => stats().inflight],
  ]
  const stops = observed.map(([suffix, unit, description, value]) => {
    const instrument = meter.createObservableUpDownCounter(metricName(suffix), { unit, description })
    const observe = (result: ObservableResult): void => result.observe(value(), attributes)
    instrument.addCallback(observe)
    return () => instrument.removeCallback(observe)
  })

  return {
    recordStored(durationMs, sizeBytes) {
      duration.record(durationMs / MS_PER_SECOND, attributes)
      if (sizeBytes === undefined) deduplicated.add(1, attributes)
      else {
        uploaded.add(1, attributes)
        uploadedBytes.add(sizeBytes, attributes)
      }
    },
    recordFailedOperation: (durationMs, errorType) => duration.record(durationMs / MS_PER_SECOND, withError(errorType)),
    countLost: (errorType) => uploaded.add(1, withError(errorType)),
    countDeduplicated: () => deduplicated.add(1, attributes),
    stopObserving() {
      for (const stop of stops) stop()
    },
  }
}

function metricName(suffix: string): string {
  return `span_artifacts.uploader.${suffix}`
}
