import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { ArtifactError } from '../errors.js'
import type { Platform } from './platform.js'

/** About a millisecond of SHA-256 in JavaScript (100 MB/s). */
const DIGEST_SLICE_BYTES = 128 * 1024

/** Browsers, edge runtimes and workers: web standards only, so no files, and SHA-256 in JavaScript. */
export const platform: Platform = {
  createSha256() {
    const hash = sha256.create()
    return {
      update: (bytes) => void hash.update(bytes),
      digestHex: () => bytesToHex(hash.digest()),
    }
  },
  sha256Hex: (bytes) => bytesToHex(sha256(bytes)),
  createLiteralSearch: () => undefined,
  digestSliceBytes: DIGEST_SLICE_BYTES,
  yieldToEventLoop: () => new Promise((resolve) => setTimeout(resolve, 0)),
  defer: (task) => void setTimeout(task, 0),
  openFile: () =>
    Promise.reject(new ArtifactError('unsupported_platform', 'this runtime has no files: pass the bytes instead')),
  environmentVariable(name) {
    // Several edge runtimes offer `process.env` without being Node.
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
    return process?.env?.[name]
  },
  resolveAddresses: () => Promise.resolve([]),
  streamsRequestBodies: false,
  spool: undefined,
}
