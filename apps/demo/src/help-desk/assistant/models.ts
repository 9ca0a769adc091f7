import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV4, TranscriptionModelV4 } from '@ai-sdk/provider'
import { createGateway } from 'ai'
import { LOCAL_LANGUAGE_MODEL, LOCAL_TRANSCRIPTION_MODEL, localProvider } from './local/provider.js'

const LANGUAGE_MODEL = 'gpt-5-mini'
const TRANSCRIPTION_MODEL = 'gpt-4o-mini-transcribe'

/** Who looks at tickets, listens to them, and suggests replies. */
export interface AssistantModels {
  /** What to call them in front of people. */
  readonly name: string
  /** Whether they are the stand-in that runs in this process, which understands nothing. */
  readonly isLocal: boolean
  readonly language: LanguageModelV4
  readonly transcription: TranscriptionModelV4
}

/**
 * The models for which there is a key: the AI Gateway with `AI_GATEWAY_API_KEY`, else OpenAI with `OPENAI_API_KEY`, else
 * the local stand-in, which needs neither key nor network. An empty key is none.
 */
export function chooseModels(environment: Readonly<Record<string, string | undefined>>): AssistantModels {
  const gatewayKey = environment['AI_GATEWAY_API_KEY']
  if (gatewayKey !== undefined && gatewayKey !== '') {
    const gateway = createGateway({ apiKey: gatewayKey })
    return {
      name: `${LANGUAGE_MODEL} by the AI Gateway`,
      isLocal: false,
      language: gateway.languageModel(`openai/${LANGUAGE_MODEL}`),
      transcription: gateway.transcriptionModel(`openai/${TRANSCRIPTION_MODEL}`),
    }
  }
  const openAiKey = environment['OPENAI_API_KEY']
  if (openAiKey !== undefined && openAiKey !== '') {
    const openAi = createOpenAI({ apiKey: openAiKey })
    return {
      name: `${LANGUAGE_MODEL} by OpenAI`,
      isLocal: false,
      language: openAi.languageModel(LANGUAGE_MODEL),
      transcription: openAi.transcription(TRANSCRIPTION_MODEL),
    }
  }
  return {
    name: 'local model',
    isLocal: true,
    language: localProvider.languageModel(LOCAL_LANGUAGE_MODEL),
    transcription: localProvider.transcriptionModel(LOCAL_TRANSCRIPTION_MODEL),
  }
}
