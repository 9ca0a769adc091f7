import type { Decompress } from './decompress.js'

/** Edge runtimes decompress nothing at once: a body that has to be looked into and is compressed is not stored there. */
export const decompress: Decompress = () => undefined
