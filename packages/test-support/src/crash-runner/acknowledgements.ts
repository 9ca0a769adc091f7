import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** The list of what a worker was promised, written so that killing the worker loses no line of it. */
export interface AcknowledgementLog {
  /** Appends one line before it returns: one `write` with O_APPEND, which outlives the process. */
  acknowledge(line: string): void
  close(): void
}

/**
 * Opens the log, in the worker.
 *
 * @param path created when it does not exist; several processes may append to one
 * @throws Error when the file cannot be opened
 */
export function openAcknowledgementLog(path: string): AcknowledgementLog {
  const descriptor = openSync(path, 'a')
  return {
    acknowledge: (line) => {
      writeSync(descriptor, `${line}\n`)
    },
    close: () => closeSync(descriptor),
  }
}

/** Reads the log, in the runner. A last line without its end was not acknowledged and is left out; no file is no lines. */
export async function readAcknowledgements(path: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').slice(0, -1)
}
