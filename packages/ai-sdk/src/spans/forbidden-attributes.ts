import type { Settings } from '../options.js'

/** Attributes in which the AI SDK writes what goes into a model or a tool. */
const INPUT_PATTERN =
  /^(?:ai\.prompt(?:\..+)?|ai\.values?|ai\.documents|ai\.schema(?:\..+)?|ai\.request\.text|gen_ai\.(?:input\.messages|system_instructions|tool\.definitions|tool\.call\.arguments))$/

/** Attributes in which it writes what comes out. */
const OUTPUT_PATTERN =
  /^(?:ai\.response\.(?:text|reasoning|object|toolCalls|providerMetadata)|ai\.toolCall\.(?:args|result)|ai\.embeddings?|ai\.ranking|gen_ai\.(?:output\.messages|tool\.call\.result))$/

/** Whether our own options keep an attribute out of the spans, whatever the call says. */
export function isForbidden(key: string, { recordInputs, recordOutputs }: Settings): boolean {
  return (!recordInputs && INPUT_PATTERN.test(key)) || (!recordOutputs && OUTPUT_PATTERN.test(key))
}
