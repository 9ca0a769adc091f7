import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives a run of the tests a temporary directory of its own, and removes it afterwards: what one run spools or leaves
 * behind is never adopted by another, nor by an application on the same machine. Workers and the processes that tests
 * start inherit it.
 */
export default async function useOwnTemporaryDirectory(): Promise<() => Promise<void>> {
  const previous = process.env['TMPDIR']
  const directory = await mkdtemp(join(tmpdir(), 'span-artifacts-tests-'))
  process.env['TMPDIR'] = directory
  return async () => {
    if (previous === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = previous
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
