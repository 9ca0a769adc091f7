import type { AsyncLocalStorage } from 'node:async_hooks'
import { isRecord, textOf } from '../record.js'

/** What version 7 of the AI SDK says about the call in whose course this code runs. */
export interface SdkCall {
  readonly callId: string
  readonly recordInputs: boolean
  readonly recordOutputs: boolean
}

interface AnnouncedCall extends SdkCall {
  readonly type: string
}

/** Where version 7 announces its calls, whether or not a telemetry integration is registered. */
const CHANNEL_NAME = 'ai:telemetry'

let announced: AsyncLocalStorage<AnnouncedCall | undefined> | undefined

/**
 * Begins to listen to what the SDK announces about its calls: a speech or transcription model is called without any word
 * about `recordInputs`. Does nothing on runtimes without diagnostics channels, and nothing the second time.
 */
export function listenToSdkCalls(): void {
  if (announced !== undefined) return
  const { process } = globalThis
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function') return
  const { AsyncLocalStorage: Storage } = process.getBuiltinModule('node:async_hooks')
  const storage = new Storage<AnnouncedCall | undefined>()
  // The SDK publishes with `runStores`, so that what it says is known in the whole call and nowhere else.
  const { start } = process.getBuiltinModule('node:diagnostics_channel').tracingChannel(CHANNEL_NAME)
  start.bindStore(storage, readAnnouncement)
  announced = storage
}

/**
 * The call of one of these kinds in whose course this code runs.
 *
 * @param types as the SDK names them, such as `generateSpeech`
 */
export function currentSdkCall(types: readonly string[]): SdkCall | undefined {
  const call = announced?.getStore()
  return call !== undefined && types.includes(call.type) ? call : undefined
}

/** Keeps the little that is needed: what is stored lives as long as the last callback of the call. */
function readAnnouncement(message: unknown): AnnouncedCall | undefined {
  if (!isRecord(message)) return undefined
  const { type, event } = message
  const callId = isRecord(event) ? textOf(event['callId']) : undefined
  if (typeof type !== 'string' || !isRecord(event) || callId === undefined) return undefined
  return {
    type,
    callId,
    recordInputs: event['recordInputs'] !== false,
    recordOutputs: event['recordOutputs'] !== false,
  }
}
