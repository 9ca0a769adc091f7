import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  LanguageModelV4Text,
  LanguageModelV4ToolCall,
  SharedV4FileData,
} from '@ai-sdk/provider'
import { describeFile } from './describe-file.js'

/** Everything that the local model can answer with. */
export type LocalAnswer = LanguageModelV4Text | LanguageModelV4ToolCall

const INTRODUCTION =
  'This is the local stand-in model: it measures files and understands nothing of them. Set an API key for a real one.'
const MAX_QUESTION_CHARACTERS = 200

interface PromptFile {
  readonly data: SharedV4FileData
  readonly mediaType: string
  readonly filename?: string
}

/**
 * Calls a tool if it has to; else repeats what it was asked, and tells the measures of every file in the prompt and in the results of tools, in the
 * order in which they come.
 */
export function answerPrompt({ prompt, toolChoice, tools }: LanguageModelV4CallOptions): LocalAnswer {
  const toolName = toolChoice?.type === 'tool' ? toolChoice.toolName : undefined
  const mustCall = toolChoice?.type === 'required' ? tools?.[0]?.name : toolName
  if (mustCall !== undefined) {
    return { type: 'tool-call', toolCallId: `call-${countToolCalls(prompt) + 1}`, toolName: mustCall, input: '{}' }
  }
  const measures = filesIn(prompt).map(({ data, mediaType, filename }) => describeFile(data, mediaType, filename))
  const lines = [INTRODUCTION, `It was asked: “${questionIn(prompt)}”`, ...measures]
  return { type: 'text', text: lines.join('\n') }
}

/** The first line of what a person wrote. */
function questionIn(prompt: LanguageModelV4Prompt): string {
  const parts = prompt.flatMap((message) => (message.role === 'user' ? message.content : []))
  const [question = ''] = parts.flatMap((part) => (part.type === 'text' ? part.text.split('\n') : []))
  return question.length > MAX_QUESTION_CHARACTERS ? `${question.slice(0, MAX_QUESTION_CHARACTERS)}…` : question
}

function filesIn(prompt: LanguageModelV4Prompt): PromptFile[] {
  return prompt.flatMap((message) => {
    if (message.role === 'system') return []
    return message.content.flatMap((part): PromptFile[] => {
      if (part.type === 'file') return [part]
      if (part.type !== 'tool-result' || part.output.type !== 'content') return []
      return part.output.value.filter((item) => item.type === 'file')
    })
  })
}

function countToolCalls(prompt: LanguageModelV4Prompt): number {
  const answers = prompt.flatMap((message) => (message.role === 'assistant' ? message.content : []))
  return answers.filter(({ type }) => type === 'tool-call').length
}
