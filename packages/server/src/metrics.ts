import { collectDefaultMetrics, Counter, Registry } from 'prom-client'

/** What the server counts about itself, in the text format of Prometheus. Nothing in it tells projects apart. */
export interface ServerMetrics {
  readonly contentType: string
  text(): Promise<string>
  countRegistration(status: 'exists' | 'upload'): void
  countUploadedBytes(bytes: number): void
  countSpans(accepted: number, rejected: number): void
  countAnswer(method: string, status: number): void
}

/** Counters of one server; two servers in one process do not share them. */
export function createServerMetrics(): ServerMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const registrations = new Counter({
    name: 'span_artifacts_registrations_total',
    help: 'Registrations of artifacts, by answer.',
    labelNames: ['status'],
    registers,
  })
  const uploadedBytes = new Counter({
    name: 'span_artifacts_uploaded_bytes_total',
    help: 'Bytes of artifacts that came in whole and verified.',
    registers,
  })
  const spans = new Counter({
    name: 'span_artifacts_spans_total',
    help: 'Spans received over OTLP, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const answers = new Counter({
    name: 'span_artifacts_http_responses_total',
    help: 'Answers to HTTP requests, by method and status.',
    labelNames: ['method', 'status'],
    registers,
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countRegistration: (status) => registrations.inc({ status }),
    countUploadedBytes: (bytes) => uploadedBytes.inc(bytes),
    countSpans(accepted, rejected) {
      spans.inc({ outcome: 'accepted' }, accepted)
      spans.inc({ outcome: 'rejected' }, rejected)
    },
    countAnswer: (method, status) => answers.inc({ method, status: String(status) }),
  }
}
