import { join } from 'node:path'
import type { Scenario } from '../harness/scenario.js'
import { runWorker } from '../harness/worker-process.js'
import type { AccountedForEverything, AccountForEverything } from '../workers/account-for-everything.js'

const SEQUENCES = 500
const QUICK_SEQUENCES = 60

/** Whether the client knows at any moment what became of every artifact. */
export const accounting: Scenario = {
  name: 'accounting',
  title: 'The accounting identity over random operations against a faulty broker',
  run: async ({ quick, seed, directory }) => {
    const parameters: AccountForEverything = {
      sequences: quick ? QUICK_SEQUENCES : SEQUENCES,
      seed,
      spoolDirectory: join(directory, 'spool'),
    }
    const result = await runWorker<AccountedForEverything>('account-for-everything', { parameters })
    const { problem, sequences, readings } = result
    return [
      {
        name: `accepted = the sum of its fates, read ${readings} times in ${sequences} sequences`,
        measured: problem ?? 'exact',
        bar: 'exact',
        met: problem === undefined,
      },
    ]
  },
}
