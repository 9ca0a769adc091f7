import { platform } from '#platform'

/** For how long content may be read in one turn of the event loop, in milliseconds. */
const MAX_TURN_MS = 2

/** Sees to it that the event loop gets its turns while content is read that never waits for anything. */
export interface TurnKeeper {
  /** @returns a promise of the next turn when it is time for one, else undefined */
  next(): Promise<void> | undefined
}

/**
 * Streams whose content is in memory already, and iterables that wait for nothing, are read in microtasks only: until their
 * end nothing else would run. By time and not by bytes, since chunks may be empty.
 */
export function createTurnKeeper(): TurnKeeper {
  let endsAtMs = performance.now() + MAX_TURN_MS
  const nextTurn = async (): Promise<void> => {
    await platform.yieldToEventLoop()
    endsAtMs = performance.now() + MAX_TURN_MS
  }
  return { next: () => (performance.now() < endsAtMs ? undefined : nextTurn()) }
}
