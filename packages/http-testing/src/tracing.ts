import { createRequire } from 'node:module'
import { SpanKind, type Attributes } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { beforeEach, expect, vi } from 'vitest'

/** Requests to paths that begin with this get no span: they go to servers that only help a test. */
export const UNTRACED_PATH = '/untraced'

/** OpenTelemetry as an application runs it, with the finished spans kept in memory. */
export interface TestTracing {
  /** The SERVER spans that ended since the last {@link TestTracing.reset}. */
  serverSpans(): ReadableSpan[]
  /** Waits until exactly one more SERVER span has ended and returns its attributes. */
  serverAttributes(): Promise<Attributes>
  /** Every finished span, of any kind. */
  allSpans(): ReadableSpan[]
  /** Waits until every span that has started has ended. */
  settled(): Promise<void>
  /** Forgets the spans that have ended. */
  reset(): void
}

/** How OpenTelemetry runs in one test file. */
export interface TracingOptions {
  readonly sampler?: Sampler
  /** Run before the exporter. */
  readonly spanProcessors?: SpanProcessor[]
  /** Let OpenTelemetry's HTTP instrumentation make the SERVER spans. Default `true`. */
  readonly instrumentHttp?: boolean
}

/**
 * Starts OpenTelemetry's SDK with its HTTP instrumentation. Call it once in a test file, at the top: the
 * instrumentation patches the prototype of `http.Server`, which every later server has, however it is imported. Each test
 * begins when the spans of the ones before it have ended, with none of them.
 */
export function startTracing(options: TracingOptions = {}): TestTracing {
  const exporter = new InMemorySpanExporter()
  const { spanProcessors = [], instrumentHttp = true, ...rest } = options
  let open = 0
  const counter: SpanProcessor = {
    onStart: () => void (open += 1),
    onEnd: () => void (open -= 1),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const provider = new NodeTracerProvider({
    ...rest,
    spanProcessors: [...spanProcessors, new SimpleSpanProcessor(exporter), counter],
  })
  provider.register()
  if (instrumentHttp) instrument(provider)

  const serverSpans = (): ReadableSpan[] => exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER)
  const settled = (): Promise<void> => vi.waitFor(() => expect(open, 'open spans').toBe(0))
  beforeEach(async () => {
    await settled()
    exporter.reset()
  })
  return {
    serverSpans,
    allSpans: () => exporter.getFinishedSpans(),
    reset: () => exporter.reset(),
    settled,
    serverAttributes: async () => {
      await vi.waitFor(() => expect(serverSpans().length, 'ended SERVER spans').toBeGreaterThan(0))
      await settled()
      const [span, ...others] = serverSpans()
      expect(others).toEqual([])
      return span?.attributes ?? {}
    },
  }
}

function instrument(tracerProvider: NodeTracerProvider): void {
  const http = new HttpInstrumentation({
    disableOutgoingRequestInstrumentation: true,
    ignoreIncomingRequestHook: ({ url }) => url?.startsWith(UNTRACED_PATH) === true,
  })
  registerInstrumentations({ tracerProvider, instrumentations: [http] })
  const require = createRequire(import.meta.url)
  for (const name of ['http', 'https']) require(name)
}
