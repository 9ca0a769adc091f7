import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startBrokerStub } from '@span-artifacts/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'

const application = fileURLToPath(new URL('./test-fixtures/idle-process.mjs', import.meta.url))
/** Far beyond what the application needs, far below any timer of the client that could keep it alive. */
const PATIENCE_MS = 25_000

/** Runs the application to its end, with a temporary directory of its own. @returns its last statistics */
async function run(endpoint: string, ending: string): Promise<unknown> {
  const temporary = await mkdtemp(join(tmpdir(), 'process-exit-'))
  onTestFinished(() => rm(temporary, { recursive: true }))
  const { stdout } = await promisify(execFile)(process.execPath, [application, endpoint, ending], {
    env: { ...process.env, TMPDIR: temporary },
    timeout: PATIENCE_MS,
  })
  return JSON.parse(stdout)
}

describe('an application that has nothing left to do ends by itself', () => {
  test.each(['nothing', 'flush', 'shutdown'])('when all is stored, after %s', async (ending) => {
    const broker = await startBrokerStub()
    onTestFinished(() => broker.close())
    await run(broker.url, ending)
    // Also without a flush: an upload that is under way keeps the process until it is done.
    expect(await broker.stored()).toHaveLength(1)
  })

  test.each(['nothing', 'flush briefly', 'shutdown'])(
    'when an artifact waits for its retry, after %s',
    async (ending) => {
      const broker = await startBrokerStub()
      onTestFinished(() => broker.close())
      await broker.always('register', { kind: 'status', status: 503 })
      expect(await run(broker.url, ending)).toMatchObject({ accepted: 1, uploaded: 0 })
      expect(await broker.stored()).toEqual([])
    },
  )
})
