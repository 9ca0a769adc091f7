/** How long a reader is kept waiting for the disk at once, in milliseconds. */
const MAX_WAIT_MS = 1000

/**
 * Makes a reader wait for the disk, but not for one that has stopped: a wait that takes too long is the last one, and what
 * comes too fast then is dropped.
 *
 * @param drained resolves when there is room; `undefined` where there is some. Must not reject
 */
export function withPatience(drained: () => Promise<void> | undefined): () => Promise<void> | undefined {
  let hasGivenUp = false
  return () => {
    const wait = hasGivenUp ? undefined : drained()
    if (wait === undefined) return undefined
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        hasGivenUp = true
        resolve()
      }, MAX_WAIT_MS)
      void wait.finally(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
