import { shield } from '../diagnostics.js'
import { overlay } from '../overlay.js'
import { finishReasonOf } from '../parts/format-messages.js'
import type { WriterContext } from '../parts/writer-context.js'
import { isRecord } from '../record.js'
import { beginModelCall, type ModelCall } from './model-call.js'
import { observeStream } from './observe-stream.js'
import { collectAnswer } from './stream-answer.js'

/** What of a call's parameters is read; all of it may be missing or something else. */
export interface CallParameters {
  readonly prompt?: unknown
  readonly abortSignal?: unknown
}

/** Calls a model and captures its answer. The result and every error go back as they are. */
export async function captureGenerate<Result>(
  context: WriterContext,
  { prompt }: CallParameters,
  generate: () => PromiseLike<Result>,
): Promise<Result> {
  const call = shield('starting the capture of a model call', () => beginModelCall(context, prompt))
  if (call === undefined) return generate()
  try {
    const result = await generate()
    const { content, finishReason }: Record<string, unknown> = isRecord(result) ? result : {}
    call.answered(() => ({ content, finishReason: finishReasonOf(finishReason) }))
    return result
  } finally {
    call.done()
  }
}

/** Calls a model and captures what it streams. Chunks, their order and timing, and every error go on as they are. */
export async function captureStream<Result>(
  context: WriterContext,
  { prompt, abortSignal }: CallParameters,
  stream: () => PromiseLike<Result>,
): Promise<Result> {
  const call = shield('starting the capture of a model call', () => beginModelCall(context, prompt))
  if (call === undefined) return stream()
  try {
    const result = await stream()
    return shield('watching a stream', () => observeResult(result, call, abortSignal)) ?? result
  } finally {
    call.done()
  }
}

function observeResult<Result>(result: Result, call: ModelCall, abortSignal: unknown): Result {
  if (!isRecord(result) || !isStream(result['stream'])) return result
  const { observer, answer } = collectAnswer()
  call.answered(answer)
  // Versions 5 and 6 just stop to read when a call is aborted: only the signal tells.
  const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined
  signal?.addEventListener('abort', call.cutOff)
  const stream = observeStream(result['stream'], {
    chunk: observer.chunk,
    ended(how, reason) {
      signal?.removeEventListener('abort', call.cutOff)
      observer.ended(how, reason)
      if (how !== 'closed') call.cutOff()
    },
  })
  // Not a copy: what a result of a class has besides may be behind getters.
  return overlay(result, { members: { stream } })
}

function isStream(value: unknown): value is ReadableStream<unknown> {
  // Not `instanceof`: a provider may bring a stream of its own.
  return isRecord(value) && typeof value['getReader'] === 'function'
}
