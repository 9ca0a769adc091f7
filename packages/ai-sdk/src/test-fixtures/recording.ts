import { context, trace, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import {
  ArtifactClient,
  type ArtifactDestination,
  memoryDestination,
  type MemoryDestination,
} from '@span-artifacts/core'

/** A real tracer provider whose spans can be read, and a real client whose artifacts can be read. */
export interface Recording extends AsyncDisposable {
  readonly tracer: Tracer
  readonly client: ArtifactClient
  readonly stored: MemoryDestination
  /** Every span that has ended, in the order of their ends. */
  readonly spans: () => ReadableSpan[]
  /** Waits until everything is uploaded. */
  readonly flush: () => Promise<void>
}

/** @param options.destination takes the artifacts in place of the memory */
export function startRecording(options: { sampler?: Sampler; destination?: ArtifactDestination } = {}): Recording {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
  })
  const contextManager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(contextManager)
  trace.setGlobalTracerProvider(provider)
  const stored = memoryDestination()
  const client = new ArtifactClient({ destination: options.destination ?? stored })
  return {
    tracer: provider.getTracer('test'),
    client,
    stored,
    spans: () => exporter.getFinishedSpans(),
    flush: () => client.forceFlush({ timeoutMs: 5000 }),
    async [Symbol.asyncDispose]() {
      await client.shutdown({ timeoutMs: 100 })
      await provider.shutdown()
      trace.disable()
      context.disable()
      contextManager.disable()
    },
  }
}

/** How many characters the attributes of some spans have, keys and values. */
export function attributeCharacters(spans: readonly ReadableSpan[]): number {
  return spans
    .flatMap((span) => Object.entries(span.attributes))
    .reduce((total, [key, value]) => total + key.length + JSON.stringify(value).length, 0)
}
