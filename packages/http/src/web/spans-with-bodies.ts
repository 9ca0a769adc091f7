import { hiddenSlot } from '../hidden-slot.js'

/**
 * The spans that get their bodies from a capture already. A call that is made inside of another one, or after it, would leave
 * some of its own among the other's.
 */
export const spansWithBodies: ReturnType<typeof hiddenSlot<true>> = hiddenSlot(
  'span-artifacts.http.span-with-bodies',
  (value) => value === true,
)
