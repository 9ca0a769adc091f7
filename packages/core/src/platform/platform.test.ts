import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { platform as node } from './node.js'
import type { Platform } from './platform.js'
import { platform as web } from './web.js'

describe.each<[string, Platform]>([
  ['Node', node],
  ['the web', web],
])('on %s', (_, platform) => {
  test('SHA-256 is SHA-256: the examples of FIPS 180', () => {
    const hash = platform.createSha256()
    hash.update(new TextEncoder().encode('a'))
    hash.update(new TextEncoder().encode('bc'))
    expect(hash.digestHex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test('a deferred task runs later, and the event loop gets its turn', async () => {
    let ran = false
    platform.defer(() => (ran = true))
    expect(ran).toBe(false)
    await vi.waitFor(() => expect(ran).toBe(true))
    let timers = 0
    setTimeout(() => (timers += 1), 0)
    await new Promise((resolve) => setTimeout(resolve, 2))
    await platform.yieldToEventLoop()
    expect(timers).toBe(1)
  })

  test('an environment variable is read', () => {
    vi.stubEnv('SPAN_ARTIFACTS_PLATFORM_TEST', 'here')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(platform.environmentVariable('SPAN_ARTIFACTS_PLATFORM_TEST')).toBe('here')
    expect(platform.environmentVariable('SPAN_ARTIFACTS_PLATFORM_NONE')).toBeUndefined()
  })

  test('a host name that nobody knows has no addresses', async () => {
    expect(await platform.resolveAddresses('does-not-exist.invalid')).toEqual([])
  })
})

test('Node opens a file without reading it, and notices when it changes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'platform-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'a.txt')
  await writeFile(path, 'abc')
  const { blob, filename } = await node.openFile(path)
  expect(filename).toBe('a.txt')
  expect(await blob.text()).toBe('abc')
  await writeFile(path, 'abd')
  await expect(blob.text()).rejects.toThrow(/could not be read/)
})

test('Node resolves localhost to loopback', async () => {
  expect(await node.resolveAddresses('localhost')).toContain('127.0.0.1')
})

test('the web has no files, and says so', async () => {
  await expect(web.openFile('/etc/hostname')).rejects.toMatchObject({ code: 'unsupported_platform' })
})

test('nothing of Node is in the part that every runtime loads', async () => {
  const seen = new Set<string>()
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return
    seen.add(file)
    const code = await readFile(new URL(`../../dist/${file}`, import.meta.url), 'utf8')
    expect(code).not.toMatch(/from ?"node:|import\("node:|require\(|\bBuffer\./)
    for (const [, chunk] of code.matchAll(/from ?"(?:\.\.?\/)+([^"]+\.js)"/g)) await visit(chunk!)
  }
  await visit('index.js')
  await visit('platform/web.js')
  expect(seen.size).toBeGreaterThan(1)
})
