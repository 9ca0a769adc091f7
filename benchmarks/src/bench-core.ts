// `pnpm bench:core`: what recording costs the application, in time on its event loop and in memory.
import { runScenarios } from './harness/run-scenarios.js'
import { eventLoopBlock } from './scenarios/event-loop-block.js'
import { largeFile, largeStream } from './scenarios/large-file.js'

const scenarios = [eventLoopBlock(25), eventLoopBlock(100), largeFile, largeStream]
process.exitCode = await runScenarios(scenarios, process.argv.slice(2))
