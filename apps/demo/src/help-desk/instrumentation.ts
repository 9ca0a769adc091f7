// OpenTelemetry for the help desk. Loaded before anything else with `node --import`: instrumentation can only patch
// modules that are loaded after it, and ES modules only through the loader hook that is registered here.
import { register } from 'node:module'
import { OpenTelemetry } from '@ai-sdk/otel'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { registerTelemetry } from 'ai'
import { artifactTelemetry } from './artifact-telemetry.js'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

// Spans go out by OTLP as protobuf, which is what the SDK does by itself, to where OTEL_EXPORTER_OTLP_ENDPOINT says.
const sdk = new NodeSDK({
  serviceName: 'help-desk',
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()],
  // The server receives traces only.
  metricReaders: [],
  logRecordProcessors: [],
})
sdk.start()

// Every call of the AI SDK becomes spans, whose messages refer to pictures and documents instead of holding them.
registerTelemetry(artifactTelemetry.telemetry((tracer) => new OpenTelemetry({ tracer })))

/** Sends the spans that still wait, then ends the SDK. */
export async function shutdownTelemetry(): Promise<void> {
  await sdk.shutdown()
}
