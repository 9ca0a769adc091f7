import type { AttributeValue } from '@opentelemetry/api'
import type { LateAttribute } from '../spans/watched-span.js'
import { createPartWriter, type PartWriter } from './part-writer.js'
import type { WriterContext } from './writer-context.js'

/**
 * An attribute made of parts.
 *
 * @param prepare writes the parts, now, and returns what makes the attribute of them, later
 */
export function partAttribute(
  context: WriterContext,
  prepare: (writer: PartWriter) => () => AttributeValue | undefined,
): LateAttribute {
  const pending: Promise<unknown>[] = []
  return { value: prepare(createPartWriter(context, pending)), pending }
}

/** An attribute that is the JSON of messages. */
export function messageAttribute(context: WriterContext, format: (writer: PartWriter) => unknown[]): LateAttribute {
  return partAttribute(context, (writer) => {
    const messages = format(writer)
    return () => JSON.stringify(messages)
  })
}
