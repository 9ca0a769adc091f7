import { Command, Option } from 'commander'
import type { FixedTokens } from '../auth/authenticator.js'
import { serverDefaults, type ServerOptions } from '../server-options.js'
import { startServer } from '../start-server.js'
import { parseCount, parsePort, parseSize, parseText, UsageError } from './option-parsers.js'
import { dataOption } from './data-option.js'

const environmentPrefix = 'SPAN_ARTIFACTS_SERVER_'
const minimumFixedTokenLength = 32

interface ServeFlags {
  host: string
  port: number
  data: string
  publicUrl?: string
  maxArtifactSize: number
  maxTraceRequestSize: number
  projectQuota?: number
  registrationsPerMinute?: number
}

/** `span-artifacts serve`. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('start the server; prints one line on the standard output when it listens')
    .addOption(serveOption('--host <address>', 'address to listen on', 'HOST').default(serverDefaults.host))
    .addOption(
      serveOption('--port <number>', 'port to listen on; 0 takes a free one', 'PORT')
        .default(serverDefaults.port)
        .argParser(parsePort),
    )
    .addOption(dataOption())
    .addOption(serveOption('--public-url <url>', 'URL under which clients reach it behind a proxy', 'PUBLIC_URL'))
    .addOption(
      serveOption('--max-artifact-size <size>', 'largest artifact', 'MAX_ARTIFACT_SIZE')
        .default(serverDefaults.maxArtifactBytes, '100MiB')
        .argParser(parseSize),
    )
    .addOption(
      serveOption('--max-trace-request-size <size>', 'largest OTLP request, unpacked', 'MAX_TRACE_REQUEST_SIZE')
        .default(serverDefaults.maxTraceRequestBytes, '32MiB')
        .argParser(parseSize),
    )
    .addOption(
      serveOption(
        '--project-quota <size>',
        'most that the artifacts of one project may occupy',
        'PROJECT_QUOTA',
      ).argParser(parseSize),
    )
    .addOption(
      serveOption(
        '--registrations-per-minute <number>',
        'most registrations of one project',
        'REGISTRATIONS_PER_MINUTE',
      ).argParser(parseCount),
    )
    .addHelpText('after', environmentHelp)
    .action(serve)
}

const environmentHelp = `
Tokens of the project "default" can come from the environment, beside those made with "span-artifacts token create":
  ${environmentPrefix}WRITE_TOKEN, ${environmentPrefix}READ_TOKEN (at least ${minimumFixedTokenLength} characters each)`

/** An option that an environment variable sets as well; an empty variable is as good as none. */
function serveOption(flags: string, description: string, variable: string): Option {
  const name = `${environmentPrefix}${variable}`
  const option = new Option(flags, description)
  return process.env[name] === '' ? option : option.env(name)
}

async function serve(flags: ServeFlags): Promise<void> {
  const options: ServerOptions = {
    host: parseText(flags.host),
    port: flags.port,
    dataDirectory: flags.data,
    fixedTokens: fixedTokensFromEnvironment(),
    maxArtifactBytes: flags.maxArtifactSize,
    maxTraceRequestBytes: flags.maxTraceRequestSize,
    ...(flags.publicUrl !== undefined && { publicUrl: flags.publicUrl }),
    ...(flags.projectQuota !== undefined && { projectQuotaBytes: flags.projectQuota }),
    ...(flags.registrationsPerMinute !== undefined && { registrationsPerMinute: flags.registrationsPerMinute }),
  }
  const server = await startServer(options)
  process.stdout.write(`listening on ${server.url}\n`)
  await firstSignal()
  await server.close()
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        signals += 1
        if (signals > 1) process.exit(1)
        resolve()
      })
    }
  })
}

function fixedTokensFromEnvironment(): FixedTokens {
  const read = fixedToken('READ_TOKEN')
  const write = fixedToken('WRITE_TOKEN')
  if (read !== undefined && read === write) {
    throw new UsageError(`${environmentPrefix}READ_TOKEN and ${environmentPrefix}WRITE_TOKEN must differ`)
  }
  return { ...(read !== undefined && { read }), ...(write !== undefined && { write }) }
}

function fixedToken(name: string): string | undefined {
  const variable = `${environmentPrefix}${name}`
  const token = process.env[variable]
  if (token === undefined || token === '') return undefined
  if (token.length >= minimumFixedTokenLength && /^[\u0021-\u007E]+$/.test(token)) return token
  throw new UsageError(
    `${variable}: must be at least ${minimumFixedTokenLength} visible ASCII characters without spaces`,
  )
}
