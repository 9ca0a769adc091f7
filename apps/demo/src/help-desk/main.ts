// The process of the help desk. Run it with its instrumentation:
//
//   node --import ./dist/instrumentation.js ./dist/help-desk.js
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHelpDesk } from './app.js'
import { artifactTelemetry } from './artifact-telemetry.js'
import { describeModels } from './assistant/describe-models.js'
import { chooseModels } from './assistant/models.js'
import type { HelpDeskMessage } from './parent-message.js'
import { shutDown } from './shut-down.js'

const HOST = '127.0.0.1'
const DEFAULT_PORT = 3000

const port = Number(process.env['HELP_DESK_PORT'] ?? DEFAULT_PORT)
const uploadDirectory = await mkdtemp(join(tmpdir(), 'help-desk-'))
const chosen = chooseModels(process.env)
// The telemetry of the AI SDK is told about everything but recordings: the model that hears them is wrapped.
const models = { ...chosen, transcription: artifactTelemetry.wrapModel(chosen.transcription) }
const viewerUrl = process.env['HELP_DESK_VIEWER_URL']
const server = createServer(createHelpDesk({ uploadDirectory, viewerUrl, models }))

let ending: Promise<void> | undefined
function end(): void {
  ending ??= shutDown(server)
    .catch((error: unknown) => {
      console.error('help desk: could not send everything before the end:', error)
      process.exitCode = 1
    })
    .then(() => rm(uploadDirectory, { recursive: true, force: true }))
    .finally(() => process.exit())
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
// Who started this process is gone.
process.on('disconnect', end)

try {
  server.listen(port, HOST)
  await once(server, 'listening')
  const address = server.address()
  const listeningPort = typeof address === 'object' && address !== null ? address.port : port
  tell({ type: 'listening', url: `http://${HOST}:${listeningPort}`, models: describeModels(models) })
} catch (error) {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  tell({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
  end()
}

function tell(message: HelpDeskMessage): void {
  if (process.send) process.send(message)
  else if (message.type === 'listening') console.log(`listening on ${message.url}\n${message.models}`)
  else console.error(message.message)
}
