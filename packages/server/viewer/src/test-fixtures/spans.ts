import type { Span, SpanArtifact } from '../api/contract.js'

/** A span as the read API answers with it, with plain values for what a test does not care about. */
export function span(id: string, parent: string | null, overrides: Partial<Span> = {}): Span {
  return {
    span_id: id,
    parent_span_id: parent,
    name: `span ${id}`,
    kind: 'INTERNAL',
    start_time_unix_nano: '1000000000',
    end_time_unix_nano: '1000000100',
    status: { code: 'UNSET' },
    attributes: {},
    events: [],
    links: [],
    scope: { name: 'test', version: '' },
    resource: { 'service.name': 'shop' },
    artifacts: [],
    ...overrides,
  }
}

/** An artifact of a span, ready unless told otherwise. */
export function spanArtifact(sha256: string, overrides: Partial<SpanArtifact> = {}): SpanArtifact {
  return {
    key: 'thing',
    reference: { sha256, size_bytes: 10, content_type: 'image/png', filename: 'thing.png' },
    state: 'ready',
    stored: { content_type: 'image/png', size_bytes: 10, created_at: '2026-03-04T10:00:00.000Z' },
    ...overrides,
  }
}
