import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exchange } from './testing/http-exchange.js'
import { temporaryDirectory, testServer } from './testing/test-server.js'
import { loadViewerFiles } from './viewer-files.js'

async function buildOf(files: Record<string, string>): Promise<string> {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'assets'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content)
  return directory
}

test('the page and its files come with a strict policy, hashed ones are kept for ever', async () => {
  const viewer = await loadViewerFiles(await buildOf({ 'index.html': '<!doctype html>', 'assets/app-1a2b.js': 'go()' }))
  const page = viewer.page(undefined)
  expect(await page.text()).toBe('<!doctype html>')
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
  })
  expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/)
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(viewer.page(page.headers.get('etag') ?? '').status).toBe(304)

  const script = viewer.file('assets/app-1a2b.js', undefined)
  expect(script?.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(viewer.file('../secret', undefined)).toBeUndefined()
  expect(viewer.file('__proto__', undefined)).toBeUndefined()
})

test('a viewer that is not built is told with 503', async () => {
  const viewer = await loadViewerFiles(join(await temporaryDirectory(), 'absent'))
  const page = viewer.page(undefined)
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('pnpm build')])
})

test('the pages of the viewer are all its one page, and other paths are not found', async () => {
  const { url } = await testServer()
  const page = await exchange(`${url}/`)
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  for (const path of ['/traces/5b8efff798038103d269b633813fc60c', `/artifacts/${'a'.repeat(64)}`]) {
    expect((await exchange(`${url}${path}`)).text).toBe(page.text)
  }
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.text)?.[1] ?? ''
  expect((await exchange(`${url}${script}`)).headers['content-type']).toBe('text/javascript; charset=utf-8')
  for (const path of [
    '/nothing',
    '/v1/nothing',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/',
    '//etc/passwd',
  ]) {
    const answer = await exchange(`${url}${path}`)
    expect([path, answer.status, answer.json().error.code]).toEqual([path, 404, 'not_found'])
  }
})
