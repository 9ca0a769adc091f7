import { createHash } from 'node:crypto'
import type { ExpectedArtifact } from './exchange.js'
import type { Sample, Samples } from './samples.js'

/** Attributes of the OpenTelemetry GenAI conventions, which refer to artifacts by `uri` parts. */
export const INPUT_MESSAGES_KEY = 'gen_ai.input.messages'
export const OUTPUT_MESSAGES_KEY = 'gen_ai.output.messages'
export const TOOL_RESULT_KEY = 'gen_ai.tool.call.result'

/**
 * What the spans of a reply suggestion must refer to. The steps are the same with every model: it looks at the files,
 * listens to the voice note, is made to call the tool that shows the product, and writes.
 */
export function suggestionArtifacts({ photo, voice, warranty, product }: Samples): ExpectedArtifact[] {
  return [
    // Looking at the files: the whole call, and the model's part of it.
    ...repeat(2, [part(INPUT_MESSAGES_KEY, photo), part(INPUT_MESSAGES_KEY, warranty)]),
    // Writing: the whole call, the model before the tool, the model after it.
    ...repeat(3, [part(INPUT_MESSAGES_KEY, photo)]),
    // The SDK gives the bytes of a recording to the model without a name.
    part(INPUT_MESSAGES_KEY, voice, { isNamed: false }),
    // What the tool shows: on its own span, on the model after it, and on the whole call.
    part(TOOL_RESULT_KEY, product),
    part(INPUT_MESSAGES_KEY, product),
    part(OUTPUT_MESSAGES_KEY, product),
  ]
}

function part(
  key: string,
  { bytes, contentType, filename }: Sample,
  { isNamed } = { isNamed: true },
): ExpectedArtifact {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { key, sha256, contentType, ...(isNamed && { filename }), content: { kind: 'bytes', bytes } }
}

function repeat<Item>(times: number, items: readonly Item[]): Item[] {
  return Array.from({ length: times }, () => items).flat()
}
