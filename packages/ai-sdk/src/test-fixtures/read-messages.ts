import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { expect } from 'vitest'
import { schemaMistakes } from './message-schema.js'
import type { Recording } from './recording.js'

/** A part of a message, as it was written. */
export interface WrittenPart {
  readonly type: string
  readonly [member: string]: unknown
}

export interface WrittenMessage {
  readonly role: string
  readonly parts: readonly WrittenPart[]
  readonly finish_reason?: string
}

/** The spans of single calls of a model, in the order of their ends. */
export function modelSpans(recording: Recording): ReadableSpan[] {
  return recording.spans().filter(({ name }) => /^chat |\.do(?:Generate|Stream)$/.test(name))
}

/** The messages in an attribute of a span. They have to be valid, and so have all others of the span. */
export function readMessages(span: ReadableSpan | undefined, direction: 'input' | 'output'): WrittenMessage[] {
  expect(span).toBeDefined()
  const attributes = span?.attributes ?? {}
  expect(schemaMistakes(attributes)).toEqual([])
  const value = attributes[`gen_ai.${direction}.messages`]
  const messages: WrittenMessage[] = value === undefined ? [] : JSON.parse(String(value))
  return messages
}

/** The parts of all messages with one role. */
export function readParts(span: ReadableSpan | undefined, direction: 'input' | 'output', role: string): WrittenPart[] {
  return readMessages(span, direction).flatMap((message) => (message.role === role ? message.parts : []))
}
