import { InvalidArgumentError } from 'commander'

/** The command was used wrongly in a way that commander cannot know of. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

const maxPort = 65_535
const sizeUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
}

/** A port number. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (port <= maxPort) return port
  throw new InvalidArgumentError(`must be a number from 0 to ${maxPort}.`)
}

/** A whole number, at least 1. */
export function parseCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count > 0) return count
  throw new InvalidArgumentError('must be a whole number, at least 1.')
}

/** A size such as `100MiB`, `2 GiB` or `1048576`, in bytes. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,15})\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const bytes = Number(digits) * (sizeUnits[unit?.toLowerCase() ?? ''] ?? NaN)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new InvalidArgumentError('must be a size such as 100MiB, 2GiB or 1048576.')
}

/** Text that is not empty. */
export function parseText(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('must not be empty.')
}
