import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** What nobody may find. Each is sent under a key that says what it is. */
export const SECRETS = {
  password: 'hunter2-correct-horse-battery',
  apiKey: 'sk-live-51H8xTq0ZmB7cW2e',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.dBjftJeZ4CVPmB92K27u',
  creditCard: '4111 1111 1111 1111',
  cvc: '90210-cvc-737',
  ssn: '078-05-1120',
} as const

/** A place where something was found: what, and where. */
export type Finding = string

/** Looks for every secret, in every way in which it may be written, in some bytes. */
export function findSecrets(content: Uint8Array, place: string): Finding[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const findings = Object.entries(SECRETS).flatMap(([name, secret]) =>
    [...spellings(secret)]
      .filter(([, spelled]) => bytes.includes(spelled))
      .map(([how]) => `${name} as ${how} in ${place}`),
  )
  return isGzip(bytes) ? [...findings, ...findSecrets(unpacked(bytes), `${place}, unpacked`)] : findings
}

/** Looks for every secret in every file below a directory. */
export async function findSecretsBelow(directory: string): Promise<{ files: string[]; findings: Finding[] }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const findings: Finding[] = []
  for (const file of files)
    findings.push(...findSecrets(Buffer.from(file), 'a file name'), ...findSecrets(await readFile(file), file))
  return { files, findings }
}

function spellings(secret: string): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(secret)
  // Base64 of a part of a larger whole starts anywhere in it; the characters at both ends depend on the neighbours.
  const base64 = [0, 1, 2].map((offset): [string, Buffer] => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return [`base64 at ${offset}`, Buffer.from(text.slice(offset === 0 ? 0 : 4, -1))]
  })
  return new Map([
    ['text', bytes],
    ['UTF-16', Buffer.from(secret, 'utf16le')],
    ['hexadecimal', Buffer.from(bytes.toString('hex'))],
    ['a form field', Buffer.from(new URLSearchParams({ '': secret }).toString().slice(1))],
    ['a part of a URL', Buffer.from(encodeURIComponent(secret))],
    // A digest confirms a guess.
    ['sha256', Buffer.from(createHash('sha256').update(secret).digest('hex'))],
    ...base64,
  ])
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unpacked(bytes: Buffer): Uint8Array {
  try {
    return gunzipSync(bytes)
  } catch {
    return Buffer.alloc(0)
  }
}
