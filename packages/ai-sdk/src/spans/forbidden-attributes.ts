import type { Settings } from '../options.js'
import type { AttributeRewriter } from './artifact-tracer.js'

/** Attributes in which the AI SDK writes what goes into a model or a tool. */
const INPUT_PATTERN =
  /^(?:ai\.prompt(?:\..+)?|ai\.values?|ai\.documents|ai\.schema(?:\..+)?|gen_ai\.(?:input\.messages|system_instructions|tool\.definitions|tool\.call\.arguments))$/

/** Attributes in which it writes what comes out. */
const OUTPUT_PATTERN =
  /^(?:ai\.response\.(?:text|reasoning|object|toolCalls|providerMetadata)|ai\.toolCall\.(?:args|result)|ai\.embeddings?|ai\.ranking|gen_ai\.(?:output\.messages|tool\.call\.result))$/

/** Leaves out what our own options do not let be recorded, whatever the call says. */
export function forbiddenAttributes({ recordInputs, recordOutputs }: Settings): AttributeRewriter {
  return {
    concerns: (key) => (!recordInputs && INPUT_PATTERN.test(key)) || (!recordOutputs && OUTPUT_PATTERN.test(key)),
    rewrite: () => () => undefined,
  }
}
