import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node'

/** Plain OpenTelemetry. Where to and how often is in the usual environment variables. */
export function startPlain(spanProcessors: readonly SpanProcessor[]): void {
  new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'site' }),
    spanProcessors: [...spanProcessors, new BatchSpanProcessor(new OTLPTraceExporter())],
  }).register()
}
