// `pnpm bench:ai`: what the messages of a multimodal agent cost on its spans, as the AI SDK writes them and with artifacts.
import { runScenarios } from './harness/run-scenarios.js'
import { twoStepAgent } from './scenarios/two-step-agent.js'

process.exitCode = await runScenarios([twoStepAgent], process.argv.slice(2))
