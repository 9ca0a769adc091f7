/** Why `start` cannot go on, in words for the person at the terminal. Shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Why a request failed, in a few words; `fetch` itself only says that it did. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
