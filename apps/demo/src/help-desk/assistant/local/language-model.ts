import type { LanguageModelV4, LanguageModelV4FinishReason, LanguageModelV4Usage } from '@ai-sdk/provider'
import { answerPrompt, type LocalAnswer } from './answer-prompt.js'
import { streamAnswer } from './stream-answer.js'

/** Nothing is counted, because nothing is made of tokens. */
const USAGE: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
}

/** A language model that measures the files in its prompt, and calls the tool that it is told to call. */
export function localLanguageModel(modelId: string): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'local',
    modelId,
    // It has no network: the SDK fetches what a prompt only has the address of.
    supportedUrls: {},
    async doGenerate(options) {
      options.abortSignal?.throwIfAborted()
      const answer = answerPrompt(options)
      return { content: [answer], finishReason: finishReasonOf(answer), usage: USAGE, warnings: [] }
    },
    async doStream(options) {
      options.abortSignal?.throwIfAborted()
      const answer = answerPrompt(options)
      const finish = { type: 'finish', finishReason: finishReasonOf(answer), usage: USAGE } as const
      return { stream: streamAnswer(answer, finish, options.abortSignal) }
    },
  }
}

function finishReasonOf({ type }: LocalAnswer): LanguageModelV4FinishReason {
  return { unified: type === 'tool-call' ? 'tool-calls' : 'stop', raw: undefined }
}
