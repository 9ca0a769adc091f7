import { digestAtOnce } from '../digest.js'
import type { ArtifactDestination, StorableArtifact } from '../destination.js'
import { ArtifactUploadError } from '../errors.js'
import { MemorySource } from '../source.js'
import { verifiedChunks } from '../verified-chunks.js'

/** One thing that every destination must do. */
export interface DestinationContractCase {
  /** A sentence about the destination, for the name of a test. */
  readonly name: string
  /** Rejects with an Error that says what is wrong. */
  run(): Promise<void>
}

/** A destination under test, and a way to see what it holds. */
export interface DestinationUnderTest {
  readonly destination: ArtifactDestination
  /** The stored content of a digest, or undefined when it is not stored. */
  readonly read: (sha256: string) => Promise<Uint8Array | undefined>
}

/** Several reads' worth, and no multiple of any usual chunk size. */
const LARGE_CONTENT_BYTES = 1_000_003

/**
 * What every {@link ArtifactDestination} must do, as cases for any test runner:
 *
 * ```ts
 * for (const { name, run } of destinationContract(open)) test(name, run)
 * ```
 *
 * @param open makes a fresh destination for each case
 */
export function destinationContract(
  open: () => DestinationUnderTest | Promise<DestinationUnderTest>,
): DestinationContractCase[] {
  const { signal } = new AbortController()
  return [
    {
      name: 'stores content byte for byte',
      async run() {
        const { destination, read } = await open()
        for (const bytes of [new Uint8Array(), new Uint8Array([0]), pattern(LARGE_CONTENT_BYTES)]) {
          const artifact = storable(bytes)
          await destination.store(artifact, { signal })
          expectSame(await read(artifact.sha256), bytes)
        }
      },
    },
    {
      name: 'accepts the same content again, and at the same time',
      async run() {
        const { destination, read } = await open()
        const bytes = pattern(LARGE_CONTENT_BYTES)
        const store = (): Promise<string> => destination.store(storable(bytes), { signal })
        await Promise.all([store(), store(), store()])
        if ((await store()) !== 'exists') throw new Error('stored content must be answered with "exists"')
        expectSame(await read(storable(bytes).sha256), bytes)
      },
    },
    {
      name: 'stores nothing when the content is not what its digest says',
      async run() {
        const { destination, read } = await open()
        const { sha256 } = storable(pattern(LARGE_CONTENT_BYTES))
        const changed = pattern(LARGE_CONTENT_BYTES)
        changed.fill(0, LARGE_CONTENT_BYTES - 1)
        const failure = await failureOf(destination.store(storable(changed, sha256), { signal }))
        if (!ArtifactUploadError.isInstance(failure) || failure.code !== 'source_changed') {
          throw new Error(`changed content must be refused with source_changed, not ${String(failure)}`)
        }
        if ((await read(sha256)) !== undefined) throw new Error('changed content must not be stored')
      },
    },
    {
      name: 'stores nothing once it is told to stop',
      async run() {
        const { destination, read } = await open()
        const artifact = storable(pattern(LARGE_CONTENT_BYTES))
        const failure = await failureOf(destination.store(artifact, { signal: AbortSignal.abort() }))
        if (failure === undefined) throw new Error('a stopped attempt must reject')
        if ((await read(artifact.sha256)) !== undefined) throw new Error('a stopped attempt must not store anything')
      },
    },
    {
      name: 'gives every digest a stable http address of its own, if any',
      async run() {
        const { destination } = await open()
        const addressOf = (sha256: string): string | undefined => destination.urlOf?.(sha256)
        const [one, other] = ['0'.repeat(64), 'f'.repeat(64)]
        const address = addressOf(one)
        if (address === undefined) return
        if (!/^https?:$/.test(new URL(address).protocol)) throw new Error(`not an http address: ${address}`)
        if (address !== addressOf(one) || address === addressOf(other))
          throw new Error('the address must be stable and unique')
      },
    },
  ]
}

function storable(bytes: Uint8Array, sha256: string = digestAtOnce([bytes])): StorableArtifact {
  const source = new MemorySource([bytes])
  return {
    sha256,
    sizeBytes: bytes.length,
    contentType: 'application/octet-stream',
    filename: 'content.bin',
    chunks: () => verifiedChunks(source.chunks(), { sha256, sizeBytes: bytes.length }),
  }
}

/** Bytes without a short period, so that a chunk in the wrong place shows. */
function pattern(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8) * 17) & 0xff)
}

function expectSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  if (actual === undefined) throw new Error(`content of ${expected.length} bytes is not stored`)
  const isSame = actual.length === expected.length && actual.every((byte, index) => byte === expected[index])
  if (!isSame)
    throw new Error(`stored content differs: ${actual.length} bytes instead of ${expected.length}, or other ones`)
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return undefined
  } catch (error) {
    return error ?? new Error('rejected without a reason')
  }
}
