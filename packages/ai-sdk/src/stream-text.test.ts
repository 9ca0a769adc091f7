import { describe, expect, test } from 'vitest'
import { capture } from './test-fixtures/capture.js'
import { png, sha256 } from './test-fixtures/media.js'
import { modelSpans, readMessages } from './test-fixtures/read-messages.js'
import { startRecording } from './test-fixtures/recording.js'
import { type AnswerPart, chunksOf, type Sdk, sdks } from './test-fixtures/sdk.js'

const answer: readonly AnswerPart[] = [
  { type: 'reasoning', text: 'They want a cat.' },
  { type: 'text', text: 'Here is a cat.' },
  { type: 'file', mediaType: 'image/png', data: png(4000, 5) },
  { type: 'text', text: 'Enjoy.' },
]

/** A stream that hands out a chunk only when it is asked for, and notes what happened to it. */
function watchedStream(chunks: readonly unknown[], failure?: Error) {
  const events: string[] = []
  let given = 0
  const stream = new ReadableStream<unknown>(
    {
      pull(controller) {
        if (given < chunks.length) {
          events.push(`chunk ${given}`)
          controller.enqueue(chunks[given])
          given += 1
        } else if (failure === undefined) controller.close()
        else controller.error(failure)
      },
      cancel(reason) {
        events.push(`cancelled: ${String(reason)}`)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, events }
}

/** A model whose one stream is this one. */
function streaming(sdk: Sdk, stream: ReadableStream<unknown>) {
  return Object.assign(sdk.models.language([answer]), { doStream: async () => ({ stream }) })
}

async function readAll(stream: AsyncIterable<Readonly<Record<string, unknown>>>): Promise<unknown[]> {
  const chunks: unknown[] = []
  for await (const chunk of stream) {
    // Identifiers and times are new in every call.
    const { response: _response, id: _id, performance: _performance, ...rest } = chunk
    chunks.push(JSON.parse(JSON.stringify(rest)))
  }
  return chunks
}

describe.each(sdks)('streamText of AI SDK $version', (sdk) => {
  test('streams the same chunks in the same order as without capture', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const prompt = 'Draw a cat.'
    const plain = await readAll(sdk.streamText({ model: sdk.models.language([answer]), prompt }).fullStream)
    const captured = await readAll(
      sdk.streamText({ model: model(sdk.models.language([answer])), prompt, ...telemetry() }).fullStream,
    )
    expect(captured).toEqual(plain)
    expect(captured.length).toBeGreaterThan(8)
  })

  test('writes the whole answer onto the span, with its files as artifacts', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const { fullStream } = sdk.streamText({
      model: model(sdk.models.language([answer])),
      prompt: 'Draw a cat.',
      ...telemetry(),
    })
    await readAll(fullStream)
    const [message] = readMessages(modelSpans(recording)[0], 'output')
    expect(message).toMatchObject({ role: 'assistant', finish_reason: 'stop' })
    const texts = message?.parts.filter(({ type }) => type === 'text').map(({ content }) => content)
    expect(texts?.join('')).toBe('Here is a cat.Enjoy.')
    expect(message?.parts).toContainEqual({ type: 'reasoning', content: 'They want a cat.' })
    expect(message?.parts).toContainEqual(
      expect.objectContaining({ type: 'uri', modality: 'image', sha256: sha256(png(4000, 5)) }),
    )
    await recording.flush()
    expect(recording.stored.artifacts.get(sha256(png(4000, 5)))?.bytes).toEqual(png(4000, 5))
  })

  test('leaves what a result has besides its stream, also where a class keeps it', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    class Result {
      readonly stream = watchedStream(chunksOf(answer, sdk.version)).stream
      readonly #request = { body: 'the request' }
      get request() {
        return this.#request
      }
    }
    const language = Object.assign(sdk.models.language([answer]), { doStream: async () => new Result() })
    const result: unknown = await recording.tracer.startActiveSpan(
      'chat',
      { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': '[]' } },
      () => model(language).doStream({ prompt: [] }),
    )
    expect(result).toHaveProperty('request.body', 'the request')
    expect(result).toBeInstanceOf(Result)
  })

  test('reads nothing from the model before its reader asks for it', async () => {
    await using recording = startRecording()
    const { model } = capture(sdk, recording)
    const direct = watchedStream(chunksOf(answer, sdk.version))
    const captured = watchedStream(chunksOf(answer, sdk.version))
    const wrapped = model(streaming(sdk, captured.stream))
    // Below the SDK, which reads ahead by itself: the model's own stream against the one that the wrapper gives.
    const result = await recording.tracer.startActiveSpan(
      'chat',
      { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': '[]' } },
      () => wrapped.doStream({ prompt: [] }),
    )
    const directReader = direct.stream.getReader()
    const capturedReader = result.stream.getReader()
    for (let count = 0; count < 5; count += 1) {
      expect(captured.events).toEqual(direct.events)
      const [theirs, ours] = await Promise.all([directReader.read(), capturedReader.read()])
      expect(ours).toEqual(theirs)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(captured.events).toEqual(direct.events)
    await Promise.all([directReader.cancel('enough'), capturedReader.cancel('enough')])
    expect(captured.events).toEqual(direct.events)
    expect(captured.events.at(-1)).toBe('cancelled: enough')
  })

  test('fails with the same error at the same chunk', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const failure = new Error('the connection is gone')
    const chunks = chunksOf(answer, sdk.version).slice(0, 8)
    const read = async (language: object, options: object): Promise<unknown> => {
      const errors: unknown[] = []
      const { fullStream } = sdk.streamText({
        model: language,
        prompt: 'Draw a cat.',
        onError: ({ error }: { error: unknown }) => errors.push(error),
        ...options,
      })
      const seen: unknown[] = []
      try {
        seen.push(...(await readAll(fullStream)))
      } catch (error) {
        errors.push(error)
      }
      return { seen, errors }
    }
    const plain = await read(streaming(sdk, watchedStream(chunks, failure).stream), {})
    const captured = await read(model(streaming(sdk, watchedStream(chunks, failure).stream)), telemetry())
    expect(captured).toEqual(plain)
    expect(captured).toMatchObject({ errors: [failure] })
  })

  test('records what has come so far when a call is aborted', async () => {
    await using recording = startRecording()
    const { telemetry, model } = capture(sdk, recording)
    const controller = new AbortController()
    const chunks = chunksOf(answer, sdk.version)
    let given = 0
    const stream = new ReadableStream<unknown>({
      async pull(source) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        // It stands still in the middle, until it is aborted.
        if (given < 8) source.enqueue(chunks[given])
        else
          await new Promise((_resolve, reject) =>
            controller.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
          )
        given += 1
      },
    })
    const { fullStream } = sdk.streamText({
      model: model(streaming(sdk, stream)),
      prompt: 'Draw a cat.',
      abortSignal: controller.signal,
      ...telemetry(),
    })
    const types: unknown[] = []
    for await (const chunk of fullStream) {
      types.push(chunk['type'])
      if (chunk['type'] === 'text-delta') controller.abort()
    }
    expect(types).toContain('abort')
    // Versions 5 and 6 leave the span of an aborted call open: it is ended for them, a second later.
    await expect.poll(() => modelSpans(recording).length, { timeout: 5000 }).toBe(1)
    const [message] = readMessages(modelSpans(recording)[0], 'output')
    expect(message).toMatchObject({ role: 'assistant', finish_reason: 'aborted' })
    // The SDK may have read a little further than its own reader.
    expect(message?.parts).toEqual([
      { type: 'reasoning', content: 'They want a cat.' },
      { type: 'text', content: expect.stringMatching(/^Here is(?: a cat\.)?$/) as unknown },
    ])
  })
})
