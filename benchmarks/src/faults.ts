// `pnpm faults`: what the client does when broker, disk and process fail.
import { runScenarios } from './harness/run-scenarios.js'
import { accounting } from './scenarios/accounting.js'
import { blackHole } from './scenarios/black-hole.js'
import { identicalArtifacts } from './scenarios/identical-artifacts.js'
import { idleExit } from './scenarios/idle-exit.js'
import { killNine } from './scenarios/kill-nine.js'
import { retryAfter } from './scenarios/retry-after.js'
import { sigterm } from './scenarios/sigterm.js'
import { spoolDamage } from './scenarios/spool-damage.js'
import { spoolDisk } from './scenarios/spool-disk.js'

const scenarios = [
  accounting,
  retryAfter,
  identicalArtifacts,
  idleExit,
  sigterm,
  spoolDisk,
  spoolDamage,
  killNine,
  blackHole,
]
process.exitCode = await runScenarios(scenarios, process.argv.slice(2))
