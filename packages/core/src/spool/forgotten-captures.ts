import type { SpoolCapture, SpoolingContent } from './spool-capture.js'

/** Made when it is needed, because runtimes without a disk may not have it. */
let forgotten: FinalizationRegistry<SpoolCapture> | undefined

/**
 * Content that was captured and then never submitted would keep its file, and its room in the spool, until the process ends.
 *
 * @param owner stands for the content; what was captured is discarded when nobody can reach it any more
 */
export function discardedWhenForgotten<Owner extends object>(owner: Owner, { capture }: SpoolingContent): Owner {
  // What was submitted by then is over: discarding it does nothing.
  forgotten ??= new FinalizationRegistry((lost) => lost.discard())
  forgotten.register(owner, capture)
  return owner
}
