import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { seededRandom } from '@span-artifacts/test-support'
import { MIB } from './unit.js'

/**
 * Writes a file of random bytes.
 *
 * @param sizeBytes a multiple of 1 MiB
 * @returns its sha256
 */
export async function writeRandomFile(path: string, sizeBytes: number, seed: number): Promise<string> {
  const block = seededRandom(seed).bytes(MIB)
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    for (let written = 0; written < sizeBytes; written += MIB) {
      block.writeUInt32LE(written / MIB) // so that no two blocks are alike
      hash.update(block)
      await file.write(block)
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
