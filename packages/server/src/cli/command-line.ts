import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { parseOwnJson } from '../json.js'
import { ServerStartError } from '../server-start-error.js'
import { DataDirectoryError } from '../storage/data-directory.js'
import { artifactCommand } from './artifact-command.js'
import { serveCommand } from './serve-command.js'
import { tokenCommand } from './token-command.js'
import { UsageError } from './option-parsers.js'

const packageVersion = (): string => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return parseOwnJson<{ version: string }>(manifest).version
}

/**
 * Runs `span-artifacts`. What goes wrong is told in one line on the standard error stream.
 *
 * @param argv the process's arguments, the first two being the interpreter and the script
 * @returns the exit code: 0, 1 for a failure, 2 for a wrong use
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const program = new Command('span-artifacts')
    .description('Keeps artifacts and traces, and shows them: broker, OTLP receiver and viewer in one process.')
    .version(packageVersion())
    .addCommand(serveCommand())
    .addCommand(tokenCommand())
    .addCommand(artifactCommand())
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput({ outputError: writeOneLine })
  try {
    await program.parseAsync(argv)
    return 0
  } catch (error) {
    return exitCodeFor(error)
  }
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said what there is to say; help and version are no failures.
    return error.exitCode === 0 ? 0 : 2
  }
  const isExpected =
    error instanceof UsageError || error instanceof ServerStartError || error instanceof DataDirectoryError
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`error: ${isExpected ? message : `unexpected: ${message}`}\n`)
  return error instanceof UsageError ? 2 : 1
}

function writeOneLine(text: string, write: (text: string) => void): void {
  write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`)
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}
