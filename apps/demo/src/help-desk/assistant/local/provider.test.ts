import { createHash } from 'node:crypto'
import { generateText, isStepCount, streamText, tool, transcribe } from 'ai'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { loadSamples, type Samples } from '../../../traffic/samples.js'
import { LOCAL_LANGUAGE_MODEL, LOCAL_TRANSCRIPTION_MODEL, localProvider } from './provider.js'

const model = localProvider.languageModel(LOCAL_LANGUAGE_MODEL)
const listener = localProvider.transcriptionModel(LOCAL_TRANSCRIPTION_MODEL)

let samples: Samples
beforeAll(async () => {
  samples = await loadSamples()
})

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 12)
const ask = (data: Uint8Array, mediaType: string, filename: string) =>
  [
    {
      role: 'user' as const,
      content: [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'file' as const, data, mediaType, filename },
      ],
    },
  ] satisfies Parameters<typeof generateText>[0]['messages']

const answerTo = async (pdf: Uint8Array): Promise<string> =>
  (await generateText({ model, messages: ask(pdf, 'application/pdf', 'a.pdf') })).text

/** A second of silence at 8 kHz: the header of RIFF WAVE, then the samples. */
function silence(): Buffer {
  const SAMPLE_RATE = 8000
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + SAMPLE_RATE * 2, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(SAMPLE_RATE, 24)
  header.writeUInt32LE(SAMPLE_RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(SAMPLE_RATE * 2, 40)
  return Buffer.concat([header, Buffer.alloc(SAMPLE_RATE * 2)])
}

describe('the local language model', () => {
  test('says what it is, what it was asked, and the measures of a picture', async () => {
    const { bytes } = samples.photo
    const { text } = await generateText({ model, messages: ask(bytes, 'image/jpeg', 'lamp.jpg') })
    expect(text.split('\n')).toEqual([
      expect.stringContaining('local stand-in model'),
      'It was asked: “What is this?”',
      `lamp.jpg: image/jpeg, 3000 × 2000 pixels, 2,630,188 bytes, SHA-256 ${digestOf(bytes)}….`,
    ])
  })

  test('answers differently to another file, and the same to the same', async () => {
    const { bytes } = samples.warranty
    expect(await answerTo(bytes)).toBe(await answerTo(bytes))
    expect(await answerTo(bytes)).not.toBe(await answerTo(bytes.subarray(1)))
  })

  test('says so when a picture cannot be read', async () => {
    const { text } = await generateText({ model, messages: ask(Buffer.from('no picture'), 'image/png', 'x.png') })
    expect(text).toContain('x.png: image/png, unreadable, 10 bytes')
  })

  test('streams what it would have answered at once', async () => {
    const messages = ask(samples.photo.bytes, 'image/jpeg', 'lamp.jpg')
    const pieces: string[] = []
    for await (const piece of streamText({ model, messages }).textStream) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(10)
    expect(pieces.join('')).toBe((await generateText({ model, messages })).text)
  })

  test('calls the tool that it is told to call, and looks at the picture that comes back', async () => {
    const data = samples.product.bytes
    const show = tool({
      inputSchema: z.object({}),
      execute: () => 'shown',
      toModelOutput: () => ({
        type: 'content',
        value: [{ type: 'file', data: { type: 'data', data }, mediaType: 'image/jpeg', filename: 'whole.jpg' }],
      }),
    })
    const result = streamText({
      model,
      prompt: 'Compare.',
      tools: { show },
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'none' }),
      stopWhen: isStepCount(2),
    })
    expect(await result.text).toContain('whole.jpg: image/jpeg, 1400 × 933 pixels')
    expect((await result.steps).map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop'])
  })

  test('stops when it is told to', async () => {
    const reason = new Error('enough')
    const call = generateText({ model, prompt: 'Hello', abortSignal: AbortSignal.abort(reason) })
    await expect(call).rejects.toThrow('enough')
  })
})

describe('the local transcription model', () => {
  test('knows the script of the sample, and says that it did not hear it', async () => {
    const { text } = await transcribe({ model: listener, audio: samples.voice.bytes })
    expect(text).toMatch(/^\(Not heard: .*\) Hello, this is Marta Keller\./)
  })

  test('measures any other recording', async () => {
    const { text, durationInSeconds } = await transcribe({ model: listener, audio: silence() })
    expect(text).toBe('(The local stand-in model cannot understand speech: audio/wav of 1.0 seconds.)')
    expect(durationInSeconds).toBe(1)
  })

  test('says so when a recording cannot be read', async () => {
    const { text } = await transcribe({ model: listener, audio: Buffer.from('RIFF????WAVE') })
    expect(text).toMatch(/cannot understand speech: audio\/wav of unknown length/)
  })
})

test('there are no other local models', () => {
  expect(() => localProvider.languageModel('gpt-5')).toThrow('gpt-5')
  expect(() => localProvider.transcriptionModel('whisper-1')).toThrow('whisper-1')
  expect(() => localProvider.imageModel('any')).toThrow('any')
  expect(() => localProvider.embeddingModel('any')).toThrow('any')
})
