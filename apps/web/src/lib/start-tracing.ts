import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node'
import { endWithTheStarter } from './end-with-the-starter'

/**
 * Starts OpenTelemetry, which Next.js reports its requests to. Spans go to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.
 *
 * @param spanProcessors those of Span Artifacts: they come first, because they complete what the last one exports
 */
export function startTracing(spanProcessors: readonly SpanProcessor[]): void {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'help-desk-web' }),
    spanProcessors: [...spanProcessors, new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  provider.register()
  endWithTheStarter(provider)
}
