import { statfs } from 'node:fs/promises'

/** A volume is left alone from here on: others need the rest of it. */
const MAX_VOLUME_USE = 0.95

/** How much may be written before the volume of a directory is 95 % full, in bytes, as `df` reckons. */
export async function volumeRoomBytes(directory: string): Promise<number> {
  const { blocks, bfree, bavail, bsize } = await statfs(directory)
  // Some virtual file systems do not say how large they are.
  if (blocks === 0) return Number.POSITIVE_INFINITY
  const used = blocks - bfree
  return Math.max(0, Math.floor((used + bavail) * MAX_VOLUME_USE) - used) * bsize
}
