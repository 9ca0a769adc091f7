import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packedChromium from '@sparticuz/chromium'
import { chromium, type Browser } from 'playwright-core'

/**
 * Starts a real Chromium, from the npm package that carries it. It runs with its usual security; only the sandbox of its
 * processes is off, because root, as in many containers, cannot have it.
 */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await unpackChromium(),
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
  })
}

/**
 * Unpacks the browser beside and moves it into place in one step: test files run at the same time, and the package
 * itself takes a half-written file for a finished one.
 */
async function unpackChromium(): Promise<string> {
  const home = join(tmpdir(), 'span-artifacts-chromium')
  const binary = join(home, 'chromium')
  if (existsSync(binary)) return binary
  const staging = await mkdtemp(`${home}-`)
  const usual = process.env['TMPDIR']
  process.env['TMPDIR'] = staging
  try {
    await packedChromium.executablePath()
  } finally {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  }
  try {
    await rename(staging, home)
  } catch (error) {
    // Another process was first.
    await rm(staging, { recursive: true, force: true })
    if (!existsSync(binary)) throw error
  }
  return binary
}
