/** The media type of Prometheus's text format. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** What the server counts about itself. Nothing in it tells projects apart. */
export interface ServerMetrics {
  /** All counters in the text format of Prometheus. */
  text(): string
  countRegistration(status: 'exists' | 'upload'): void
  countUploadedBytes(bytes: number): void
  countSpans(accepted: number, rejected: number): void
  countAnswer(method: string, status: number): void
}

interface Counter {
  help: string
  /** By labels as they are written, such as `{status="exists"}`. */
  values: Map<string, number>
}

/** Methods that may become a label; a client could otherwise make up ever more of them. */
const knownMethods = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** Counters of one server, all zero. */
export function createServerMetrics(): ServerMetrics {
  const counters = new Map<string, Counter>()
  const count = (name: string, labels: string, amount = 1): void => {
    const values = counters.get(name)?.values
    values?.set(labels, (values.get(labels) ?? 0) + amount)
  }
  const declare = (name: string, help: string, labels: readonly string[] = []): string => {
    counters.set(name, { help, values: new Map(labels.map((label) => [label, 0])) })
    return name
  }
  const registrations = declare('span_artifacts_registrations_total', 'Registrations of artifacts, by answer.', [
    '{status="exists"}',
    '{status="upload"}',
  ])
  const bytes = declare('span_artifacts_uploaded_bytes_total', 'Bytes that came in whole and verified.', [''])
  const spans = declare('span_artifacts_spans_total', 'Spans received over OTLP, by outcome.', [
    '{outcome="accepted"}',
    '{outcome="rejected"}',
  ])
  const answers = declare('span_artifacts_http_responses_total', 'Answers to HTTP requests, by method and status.')

  return {
    text: () => [...counters].map(([name, counter]) => exposition(name, counter)).join(''),
    countRegistration: (status) => count(registrations, `{status="${status}"}`),
    countUploadedBytes: (amount) => count(bytes, '', amount),
    countSpans(accepted, rejected) {
      count(spans, '{outcome="accepted"}', accepted)
      count(spans, '{outcome="rejected"}', rejected)
    },
    countAnswer(method, status) {
      count(answers, `{method="${knownMethods.has(method) ? method : 'other'}",status="${status}"}`)
    },
  }
}

function exposition(name: string, counter: Counter): string {
  const lines = [...counter.values].map(([labels, value]) => `${name}${labels} ${value}\n`)
  return `# HELP ${name} ${counter.help}\n# TYPE ${name} counter\n${lines.join('')}`
}
