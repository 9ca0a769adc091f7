import { useCallback, useSyncExternalStore } from 'react'
import type { ArtifactState } from '../api/contract.js'
import { fetchArtifact, isSha256 } from '../api/endpoints.js'
import { RequestError } from '../api/request.js'

const firstDelayMs = 1000
const delayFactor = 1.4
const longestDelayMs = 10_000
/** An upload that was announced, and has not come after ten minutes, is left to the reader's reload. */
const pendingGiveUpMs = 10 * 60_000
/** One that was not even announced is most likely lost. */
const missingGiveUpMs = 60_000
const httpNotFound = 404
const httpGone = 410

interface Watch {
  readonly listeners: Set<() => void>
  /** Milliseconds since 1970. */
  readonly giveUpAt: number
  delayMs: number
  timer: ReturnType<typeof setTimeout> | undefined
}

const watches = new Map<string, Watch>()
const settled = new Map<string, ArtifactState>()

/**
 * The state of an artifact as of now. One that was not there yet when the span was loaded is asked for until it is, once
 * for all places that show it.
 */
export function useArtifactState(sha256: string, reported: ArtifactState): ArtifactState {
  const unsettled = (reported === 'pending' || reported === 'missing') && isSha256(sha256)
  const subscribe = useCallback(
    (listener: () => void) =>
      unsettled ? watch(sha256, reported === 'pending' ? pendingGiveUpMs : missingGiveUpMs, listener) : () => {},
    [sha256, reported, unsettled],
  )
  return useSyncExternalStore(subscribe, () => (unsettled ? (settled.get(sha256) ?? reported) : reported))
}

function watch(sha256: string, giveUpAfterMs: number, listener: () => void): () => void {
  let entry = watches.get(sha256)
  if (entry === undefined) {
    entry = { listeners: new Set(), giveUpAt: Date.now() + giveUpAfterMs, delayMs: firstDelayMs, timer: undefined }
    watches.set(sha256, entry)
    if (settled.get(sha256) !== 'ready') schedule(sha256, entry)
  }
  entry.listeners.add(listener)
  const watched = entry
  return () => {
    watched.listeners.delete(listener)
    if (watched.listeners.size > 0) return
    clearTimeout(watched.timer)
    watches.delete(sha256)
  }
}

function schedule(sha256: string, entry: Watch): void {
  entry.timer = setTimeout(() => void ask(sha256, entry), entry.delayMs)
  entry.delayMs = Math.min(longestDelayMs, entry.delayMs * delayFactor)
}

async function ask(sha256: string, entry: Watch): Promise<void> {
  if (document.visibilityState === 'visible') {
    const state = await currentState(sha256)
    if (state !== undefined && settled.get(sha256) !== state) {
      settled.set(sha256, state)
      for (const listener of entry.listeners) listener()
    }
    if (state === 'ready' || state === 'deleted') return
  }
  const abandoned = entry.listeners.size === 0 || Date.now() > entry.giveUpAt
  if (!abandoned) schedule(sha256, entry)
}

/** `undefined` where the server could not say. */
async function currentState(sha256: string): Promise<ArtifactState | undefined> {
  try {
    const { status } = await fetchArtifact(sha256)
    return status === undefined || status === 'ready' ? 'ready' : status === 'deleted' ? 'deleted' : 'pending'
  } catch (error) {
    if (!(error instanceof RequestError)) return undefined
    if (error.status === httpGone) return 'deleted'
    // Not there, or registered and not uploaded: the server answers both alike, so what is known stands.
    if (error.status === httpNotFound) return settled.get(sha256)
    return undefined
  }
}
