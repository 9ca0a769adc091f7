import { NoSuchModelError, type LanguageModelV4, type ProviderV4, type TranscriptionModelV4 } from '@ai-sdk/provider'
import { localLanguageModel } from './language-model.js'
import { localTranscriptionModel } from './transcription-model.js'

export const LOCAL_LANGUAGE_MODEL = 'measuring-tape'
export const LOCAL_TRANSCRIPTION_MODEL = 'stopwatch'

/** A provider of the AI SDK whose models run in this process. */
interface LocalProvider extends ProviderV4 {
  languageModel(modelId: string): LanguageModelV4
  transcriptionModel(modelId: string): TranscriptionModelV4
}

/**
 * Stands in for a real provider where there is no key. Its models are no artificial intelligence, and say so in all that
 * they answer: they measure the files that they are given, and answer the same to the same, without a network.
 */
export const localProvider: LocalProvider = {
  specificationVersion: 'v4',
  languageModel(modelId) {
    if (modelId !== LOCAL_LANGUAGE_MODEL) throw new NoSuchModelError({ modelId, modelType: 'languageModel' })
    return localLanguageModel(modelId)
  },
  transcriptionModel(modelId) {
    if (modelId !== LOCAL_TRANSCRIPTION_MODEL) throw new NoSuchModelError({ modelId, modelType: 'transcriptionModel' })
    return localTranscriptionModel(modelId)
  },
  embeddingModel(modelId) {
    throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' })
  },
  imageModel(modelId) {
    throw new NoSuchModelError({ modelId, modelType: 'imageModel' })
  },
}
