import { shield } from '../diagnostics.js'
import { finishReasonOf } from '../parts/format-messages.js'
import { isRecord, textOf } from '../record.js'
import type { Answer } from './model-call.js'
import type { StreamObserver } from './observe-stream.js'

/** A text that arrives in pieces. */
interface OpenText {
  readonly type: 'text' | 'reasoning'
  readonly pieces: string[]
}

/** Why an answer has no proper end: what the GenAI conventions have no word for. */
const CUT_OFF = 'aborted'

/** Puts an answer together from the parts of its stream; at any moment it tells what has come so far. */
export function collectAnswer(): { observer: StreamObserver; answer: () => Answer } {
  const content: unknown[] = []
  const openTexts = new Map<string, OpenText>()
  let finishReason = CUT_OFF

  const openText = (type: OpenText['type'], id: string): OpenText => {
    const text: OpenText = { type, pieces: [] }
    openTexts.set(`${type} ${id}`, text)
    content.push(text)
    return text
  }
  const see = (chunk: unknown): void => {
    if (!isRecord(chunk)) return
    const id = textOf(chunk['id']) ?? ''
    switch (chunk['type']) {
      case 'text-start':
      case 'text-delta':
      case 'reasoning-start':
      case 'reasoning-delta': {
        const type = chunk['type'].startsWith('text') ? 'text' : 'reasoning'
        const isStart = chunk['type'].endsWith('start')
        const text = (isStart ? undefined : openTexts.get(`${type} ${id}`)) ?? openText(type, id)
        text.pieces.push(textOf(chunk['delta']) ?? '')
        return
      }
      case 'tool-call':
      case 'tool-result':
      case 'file':
      case 'reasoning-file':
      case 'source':
      case 'custom':
        content.push(chunk)
        return
      case 'finish':
        finishReason = finishReasonOf(chunk['finishReason'])
        return
      case 'error':
        finishReason = 'error'
        return
      default:
    }
  }

  return {
    observer: {
      chunk: (value) => shield('reading a chunk of an answer', () => see(value)),
      ended(how, reason) {
        if (how === 'failed' && finishReason === CUT_OFF) {
          finishReason = reason instanceof Error && reason.name === 'AbortError' ? CUT_OFF : 'error'
        }
      },
    },
    answer: () => ({
      content: content.map((part) => (isOpenText(part) ? { type: part.type, text: part.pieces.join('') } : part)),
      finishReason,
    }),
  }
}

function isOpenText(part: unknown): part is OpenText {
  return isRecord(part) && Array.isArray(part['pieces'])
}
