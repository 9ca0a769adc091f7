import type { AssistantModels } from './models.js'

/** One line about who suggests replies, so that nobody takes the stand-in for more than it is. */
export function describeModels({ name, isLocal }: AssistantModels): string {
  return isLocal
    ? `AI: ${name}, a stand-in that measures files and understands nothing; AI_GATEWAY_API_KEY or OPENAI_API_KEY selects a real one`
    : `AI: ${name}; the files of the ticket are sent there`
}
