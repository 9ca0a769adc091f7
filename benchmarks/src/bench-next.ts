// `pnpm bench:next`: what the capture costs a Next.js application in memory.
import { runScenarios } from './harness/run-scenarios.js'
import { nextUpload } from './scenarios/next-upload.js'

process.exitCode = await runScenarios([nextUpload], process.argv.slice(2))
