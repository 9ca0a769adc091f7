/* oxlint-disable typescript/no-unsafe-type-assertion -- the tests call three versions of one library as if they had the same types */
import * as ai5 from 'ai5'
import * as mocks5 from 'ai5/test'
import * as ai6 from 'ai6'
import * as mocks6 from 'ai6/test'
import * as ai7 from 'ai7'
import * as mocks7 from 'ai7/test'

globalThis.AI_SDK_LOG_WARNINGS = false

/** The options of a call. The three versions differ in their types, not in what is used here. */
type Options = Readonly<Record<string, unknown>>

/** A function of the SDK, called the same way in every version. */
type Call<Result> = (options: Options) => Promise<Result>

/** What the tests read of a result. */
interface TextResult {
  readonly text: string
  readonly files: readonly GeneratedFile[]
  readonly steps: readonly unknown[]
  readonly finishReason: string
}

interface GeneratedFile {
  readonly uint8Array: Uint8Array
  readonly mediaType: string
}

interface StreamResult {
  readonly fullStream: AsyncIterable<Options>
  readonly textStream: AsyncIterable<string>
}

/** A part of what a mock model answers, as V2 and V3 have it. */
export type AnswerPart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'file' | 'reasoning-file'; readonly mediaType: string; readonly data: string | Uint8Array }
  | { readonly type: 'tool-call'; readonly toolCallId: string; readonly toolName: string; readonly input: string }

/** One version of the SDK: its own functions, and its own mock models. */
export interface Sdk {
  readonly version: 5 | 6 | 7
  readonly generateText: Call<TextResult>
  readonly streamText: (options: Options) => StreamResult
  readonly generateObject: Call<{ readonly object: unknown }>
  readonly embed: Call<{ readonly embedding: readonly number[] }>
  readonly generateImage: Call<{ readonly images: readonly GeneratedFile[] }>
  readonly generateSpeech: Call<{ readonly audio: GeneratedFile }>
  readonly transcribe: Call<{ readonly text: string }>
  readonly generateVideo: Call<{ readonly videos: readonly GeneratedFile[] }> | undefined
  readonly tool: (definition: Options) => unknown
  readonly stopAfter: (steps: number) => unknown
  readonly objectOutput: (schema: unknown) => Options
  /** An error after which the SDK tries again. */
  readonly retryableError: () => Error
  readonly wrapLanguageModel: (options: { model: object; middleware: unknown }) => object
  readonly models: MockModels
}

/** Makes the SDK's mock models. */
interface MockModels {
  /** Gives one answer to each call, in order; the last one again and again. */
  language(answers: readonly (readonly AnswerPart[])[], options?: MockOptions): MockLanguageModel
  embedding(): object
  image(images: readonly (string | Uint8Array)[]): object
  speech(audio: string | Uint8Array): object
  transcription(text: string): object
  video?: (data: Uint8Array) => object
}

interface MockOptions {
  /** How long the model thinks, in milliseconds. */
  readonly delayMs?: number
  /** URLs that the model fetches itself, by media type. */
  readonly supportedUrls?: Readonly<Record<string, readonly RegExp[]>>
}

interface MockLanguageModel {
  readonly doGenerateCalls: readonly { readonly prompt: unknown }[]
  readonly doStreamCalls: readonly { readonly prompt: unknown }[]
  doGenerate(options: object): PromiseLike<unknown>
  doStream(options: object): PromiseLike<{ stream: ReadableStream<unknown> }>
}

const provider = 'mock.language'

/** Reads and checks nothing: the test that calls it names the types that hold in every version. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it stands for the type that is expected
function same<Expected>(sdkFunction: unknown): Expected {
  return sdkFunction as Expected
}

function finishReasonOf(content: readonly AnswerPart[], version: number): unknown {
  const unified = content.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop'
  return version === 5 ? unified : { unified, raw: unified }
}

function usageOf(version: number): unknown {
  return version === 5
    ? { inputTokens: 3, outputTokens: 5, totalTokens: 8 }
    : {
        inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: 5, text: 5, reasoning: undefined },
      }
}

/** V4 tags the content of files. */
function partOf(part: AnswerPart, version: number): unknown {
  return version === 7 && 'data' in part ? { ...part, data: { type: 'data', data: part.data } } : part
}

/** The chunks that a model streams for an answer: texts in two pieces. */
export function chunksOf(content: readonly AnswerPart[], version: number): unknown[] {
  const parts = content.flatMap((part, index) => {
    if (part.type !== 'text' && part.type !== 'reasoning') return [partOf(part, version)]
    const id = String(index)
    const half = Math.ceil(part.text.length / 2)
    return [
      { type: `${part.type}-start`, id },
      { type: `${part.type}-delta`, id, delta: part.text.slice(0, half) },
      { type: `${part.type}-delta`, id, delta: part.text.slice(half) },
      { type: `${part.type}-end`, id },
    ]
  })
  return [
    { type: 'stream-start', warnings: [] },
    ...parts,
    { type: 'finish', finishReason: finishReasonOf(content, version), usage: usageOf(version) },
  ]
}

const retryable = { message: 'busy', url: 'http://model.example', requestBodyValues: {}, isRetryable: true }

const response = { timestamp: new Date(0), modelId: 'mock-model', headers: undefined }

async function wait(delayMs: number | undefined): Promise<void> {
  if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs))
}

interface MockClasses {
  readonly Language: new (options: never) => MockLanguageModel
  readonly Embedding: new (options: never) => object
  readonly Image: new (options: never) => object
  readonly Speech: new (options: never) => object
  readonly Transcription: new (options: never) => object
}

function mockModels(version: 5 | 6 | 7, classes: MockClasses): MockModels {
  return {
    language(answers, { delayMs, supportedUrls = {} } = {}) {
      let calls = 0
      const next = (): readonly AnswerPart[] => {
        calls += 1
        return answers[Math.min(calls, answers.length) - 1] ?? []
      }
      return new classes.Language({
        provider,
        modelId: 'mock-model',
        supportedUrls,
        doGenerate: async () => {
          await wait(delayMs)
          const content = next()
          return {
            content: content.map((part) => partOf(part, version)),
            finishReason: finishReasonOf(content, version),
            usage: usageOf(version),
            warnings: [],
          }
        },
        doStream: async () => {
          await wait(delayMs)
          return { stream: ai7.simulateReadableStream({ chunks: chunksOf(next(), version), chunkDelayInMs: null }) }
        },
      } as never)
    },
    embedding: () =>
      new classes.Embedding({
        modelId: 'mock-embedding',
        doEmbed: async ({ values }: { values: readonly string[] }) => ({
          embeddings: values.map(() => [0.1, 0.2, 0.3]),
          usage: { tokens: 4 },
          warnings: [],
        }),
      } as never),
    image: (images) =>
      new classes.Image({
        provider: 'mock.image',
        modelId: 'mock-image',
        doGenerate: async () => ({ images, warnings: [], response }),
      } as never),
    speech: (audio) =>
      new classes.Speech({
        provider: 'mock.speech',
        modelId: 'mock-speech',
        doGenerate: async () => ({ audio, warnings: [], response }),
      } as never),
    transcription: (text) =>
      new classes.Transcription({
        provider: 'mock.transcription',
        modelId: 'mock-transcription',
        doGenerate: async () => ({
          text,
          segments: [],
          language: 'en',
          durationInSeconds: 1,
          warnings: [],
          response,
        }),
      } as never),
  }
}

const sdk5: Sdk = {
  version: 5,
  generateText: same(ai5.generateText),
  streamText: same(ai5.streamText),
  generateObject: same(ai5.generateObject),
  embed: same(ai5.embed),
  generateImage: same(ai5.experimental_generateImage),
  generateSpeech: same(ai5.experimental_generateSpeech),
  transcribe: same(ai5.experimental_transcribe),
  generateVideo: undefined,
  tool: same(ai5.tool),
  stopAfter: same(ai5.stepCountIs),
  objectOutput: (schema) => ({ experimental_output: ai5.Output.object({ schema: schema as never }) }),
  retryableError: () => new ai5.APICallError(retryable),
  wrapLanguageModel: same(ai5.wrapLanguageModel),
  models: mockModels(5, {
    Language: mocks5.MockLanguageModelV2,
    Embedding: mocks5.MockEmbeddingModelV2,
    Image: mocks5.MockImageModelV2,
    Speech: mocks5.MockSpeechModelV2,
    Transcription: mocks5.MockTranscriptionModelV2,
  }),
}

const sdk6: Sdk = {
  version: 6,
  generateText: same(ai6.generateText),
  streamText: same(ai6.streamText),
  generateObject: same(ai6.generateObject),
  embed: same(ai6.embed),
  generateImage: same(ai6.generateImage),
  generateSpeech: same(ai6.experimental_generateSpeech),
  transcribe: same(ai6.experimental_transcribe),
  generateVideo: same(ai6.experimental_generateVideo),
  tool: same(ai6.tool),
  stopAfter: same(ai6.stepCountIs),
  objectOutput: (schema) => ({ output: ai6.Output.object({ schema: schema as never }) }),
  retryableError: () => new ai6.APICallError(retryable),
  wrapLanguageModel: same(ai6.wrapLanguageModel),
  models: {
    ...mockModels(6, {
      Language: mocks6.MockLanguageModelV3,
      Embedding: mocks6.MockEmbeddingModelV3,
      Image: mocks6.MockImageModelV3,
      Speech: mocks6.MockSpeechModelV3,
      Transcription: mocks6.MockTranscriptionModelV3,
    }),
    // This version ships no mock of one.
    video: (data) => ({
      specificationVersion: 'v3',
      provider: 'mock.video',
      modelId: 'mock-video',
      maxVideosPerCall: 1,
      doGenerate: async () => ({ videos: [{ type: 'binary', data, mediaType: 'video/mp4' }], warnings: [], response }),
    }),
  },
}

export const sdk7: Sdk = {
  version: 7,
  generateText: same(ai7.generateText),
  streamText: same(ai7.streamText),
  generateObject: same(ai7.generateObject),
  embed: same(ai7.embed),
  generateImage: same(ai7.generateImage),
  generateSpeech: same(ai7.generateSpeech),
  transcribe: same(ai7.transcribe),
  generateVideo: same(ai7.experimental_generateVideo),
  tool: same(ai7.tool),
  stopAfter: same(ai7.stepCountIs),
  objectOutput: (schema) => ({ output: ai7.Output.object({ schema: schema as never }) }),
  retryableError: () => new ai7.APICallError(retryable),
  wrapLanguageModel: same(ai7.wrapLanguageModel),
  models: {
    ...mockModels(7, {
      Language: mocks7.MockLanguageModelV4,
      Embedding: mocks7.MockEmbeddingModelV4,
      Image: mocks7.MockImageModelV4,
      Speech: mocks7.MockSpeechModelV4,
      Transcription: mocks7.MockTranscriptionModelV4,
    }),
    video: (data) =>
      new mocks7.MockVideoModelV4({
        modelId: 'mock-video',
        doGenerate: async () => ({
          videos: [{ type: 'binary', data, mediaType: 'video/mp4' }],
          warnings: [],
          response,
        }),
      } as never),
  },
}

/** Every version that is supported, each with its own mock models. */
export const sdks: readonly Sdk[] = [sdk5, sdk6, sdk7]
