/** Why `start` cannot go on, in words for the person at the terminal. Shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
