import { execFile } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCommand, serveCommand } from '../testing/command.js'
import { exchange, exchangeJson } from '../testing/http-exchange.js'
import {
  bearer,
  blobFiles,
  registrationOf,
  sha256Of,
  storeArtifact,
  temporaryDirectory,
  testServer,
} from '../testing/test-server.js'
import { openWire } from '../testing/wire.js'

test('serve prints one line when it listens, notices elsewhere, and ends with 0 on SIGTERM and SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = await serveCommand(await temporaryDirectory())
    expect((await exchange(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' })
    server.process.kill(signal)
    expect(await server.exited).toBe(0)
    expect(server.stdout()).toBe(`listening on ${server.url}\n`)
    expect(server.stderr()).toMatch(/^no tokens are configured: .*\n$/)
  }
})

test('requests under way at SIGTERM end, and a second signal ends the process at once', async () => {
  const dataDirectory = await temporaryDirectory()
  const server = await serveCommand(dataDirectory)
  const content = 'arrives in two parts'
  await exchangeJson(`${server.url}/v1/artifacts`, registrationOf(content))
  const put = await openWire(server.url)
  const path = `/v1/artifacts/${sha256Of(content)}/blob`
  const host = new URL(server.url).host
  put.write(
    `PUT ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${content.length}\r\nexpect: 100-continue\r\n\r\n`,
  )
  await put.until('100 Continue')
  put.write(content.slice(0, 10))
  server.process.kill('SIGTERM')
  await expect.poll(() => exchange(`${server.url}/healthz`).catch(() => 'refused')).toBe('refused')
  put.write(content.slice(10))
  await put.until('HTTP/1.1 204')
  expect(await server.exited).toBe(0)
  expect(await blobFiles(dataDirectory)).toEqual([sha256Of(content)])

  const stuck = await serveCommand(await temporaryDirectory())
  const wire = await openWire(stuck.url)
  wire.write(`POST /v1/traces HTTP/1.1\r\nhost: ${new URL(stuck.url).host}\r\ncontent-type: application/json\r\n`)
  wire.write('content-length: 5\r\nexpect: 100-continue\r\n\r\n')
  await wire.until('100 Continue')
  stuck.process.kill('SIGTERM')
  await expect.poll(() => exchange(`${stuck.url}/healthz`).catch(() => 'refused')).toBe('refused')
  stuck.process.kill('SIGTERM')
  expect(await stuck.exited).toBe(1)
})

test.each([
  [['serve', '--nonsense'], /^error: unknown option '--nonsense'\n$/],
  [['nonsense'], /^error: unknown command 'nonsense'\n$/],
  [['serve', 'extra'], /^error: too many arguments.*\n$/],
  [['serve', '--port', 'x'], /^error: .*--port.* must be a number from 0 to 65535.\n$/],
  [['serve', '--port', '65536'], /^error: .*--port.*\n$/],
  [['serve', '--port'], /^error: .*--port.* argument missing\n$/],
  [['serve', '--data', ''], /^error: .*--data.* must not be empty.\n$/],
  [['serve', '--max-artifact-size', '3 parrots'], /^error: .*--max-artifact-size.* such as 100MiB.*\n$/],
  [['serve', '--registrations-per-minute', '0'], /^error: .*--registrations-per-minute.*\n$/],
  [['token', 'create', '--scope', 'read'], /^error: required option '--project <name>' not specified\n$/],
  [['token', 'create', '--project', 'x', '--scope', 'all'], /^error: .*--scope.* Allowed choices are read, write.\n$/],
  [['token', 'revoke'], /^error: missing required argument 'id'\n$/],
])('wrong use is told in one line: %j', async (args, message) => {
  const { code, stdout, stderr } = await runCommand(args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
})

test('a data directory that cannot be used is told in one line', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'file'), '')
  for (const path of [join(directory, 'file'), join(directory, 'file', 'below'), '/proc/span-artifacts']) {
    const { code, stdout, stderr } = await runCommand(['serve', '--port', '0', '--data', path])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^error: data directory ${path} cannot be used: .*\n$`))
  }
})

test('a data directory that another server uses is told in one line, and is free again after a kill', async () => {
  const directory = await temporaryDirectory()
  const first = await serveCommand(directory)
  const second = await runCommand(['serve', '--port', '0', '--data', directory])
  expect([second.code, second.stdout]).toEqual([1, ''])
  expect(second.stderr).toBe(`error: data directory ${directory} is already in use by another server\n`)
  first.process.kill('SIGKILL')
  await first.exited
  const third = await serveCommand(directory)
  expect((await exchange(`${third.url}/healthz`)).status).toBe(200)
})

test('a port that is taken is told in one line that names --port', async () => {
  const { port } = new URL((await testServer()).url)
  const { code, stderr } = await runCommand(['serve', '--port', port, '--data', await temporaryDirectory()])
  expect(code).toBe(1)
  expect(stderr).toBe(
    `error: port ${port} is taken on 127.0.0.1; choose another one with --port, or 0 for any free one\n`,
  )
})

test('without tokens it refuses to listen on other addresses than loopback', async () => {
  for (const host of ['0.0.0.0', 'example.com']) {
    const { code, stderr } = await runCommand([
      'serve',
      '--host',
      host,
      '--port',
      '0',
      '--data',
      await temporaryDirectory(),
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: host: without any token .* create one first \(span-artifacts token create .*\n$/)
  }
})

test('tokens are created, listed and revoked beside a running server', async () => {
  const directory = await temporaryDirectory()
  const data = ['--data', directory]
  const created = await runCommand(['token', 'create', '--project', 'shop', '--scope', 'write', ...data])
  expect(created.stdout).toMatch(/^sa_v1_w_\w+_\w+\n$/)
  const token = created.stdout.trim()
  const id = token.split('_')[3] ?? ''

  const server = await serveCommand(directory, ['--host', '0.0.0.0'])
  const url = server.url.replace('0.0.0.0', '127.0.0.1')
  expect(server.stderr()).toBe('')
  const register = (): Promise<number> =>
    exchangeJson(`${url}/v1/artifacts`, registrationOf('x'), bearer(token)).then((answer) => answer.status)
  expect(await register()).toBe(201)
  expect((await exchangeJson(`${url}/v1/artifacts`, registrationOf('x'))).status).toBe(401)

  const listed = await runCommand(['token', 'list', ...data])
  expect(listed.stdout).toMatch(new RegExp(`^${id}\twrite\t\\S+Z\tvalid\tshop\n$`))
  expect(listed.stdout).not.toContain(token.split('_')[4])

  expect(await runCommand(['token', 'revoke', id, ...data])).toEqual({ code: 0, stdout: '', stderr: `revoked ${id}\n` })
  expect(await register()).toBe(401)
  expect((await runCommand(['token', 'revoke', id, ...data])).code).toBe(2)
  expect((await runCommand(['token', 'list', ...data])).stdout).toContain('\trevoked ')
})

test('commands that start at once on a new directory all find it made', async () => {
  const directory = await temporaryDirectory()
  const projects = Array.from({ length: 8 }, (_, index) => `project-${index}`)
  const create = (project: string): ReturnType<typeof runCommand> =>
    runCommand(['token', 'create', '--project', project, '--scope', 'read', '--data', directory])
  const created = await Promise.all(projects.map(create))
  expect(created.map(({ code, stderr }) => ({ code, stderr }))).toEqual(projects.map(() => ({ code: 0, stderr: '' })))
  const listed = await runCommand(['token', 'list', '--data', directory])
  for (const project of projects) expect(listed.stdout).toMatch(new RegExp(`\tvalid\t${project}$`, 'm'))
})

test('an artifact is deleted beside a running server', async () => {
  const directory = await temporaryDirectory()
  const { url } = await serveCommand(directory)
  const sha256 = await storeArtifact(url, 'regretted')
  const remove = (project: string): ReturnType<typeof runCommand> =>
    runCommand(['artifact', 'delete', sha256, '--project', project, '--data', directory])
  expect(await remove('nobody')).toMatchObject({ code: 2, stderr: 'error: there is no project "nobody"\n' })
  expect(await remove('default')).toEqual({ code: 0, stdout: '', stderr: `deleted ${sha256}\n` })
  expect((await exchange(`${url}/v1/artifacts/${sha256}/blob`)).status).toBe(410)
  expect(await blobFiles(directory)).toEqual([])
  expect((await remove('default')).code).toBe(2)
})

test('options come from the environment, an empty variable counts as none, and flags win', async () => {
  const directory = await temporaryDirectory()
  const environment = {
    SPAN_ARTIFACTS_SERVER_MAX_ARTIFACT_SIZE: '4',
    SPAN_ARTIFACTS_SERVER_HOST: '',
    SPAN_ARTIFACTS_SERVER_PORT: 'not a port',
    SPAN_ARTIFACTS_SERVER_READ_TOKEN: 'r'.repeat(32),
    SPAN_ARTIFACTS_SERVER_WRITE_TOKEN: 'w'.repeat(32),
  }
  const { url, stderr } = await serveCommand(directory, [], environment)
  expect(stderr()).toBe('')
  const register = (content: string): Promise<number> =>
    exchangeJson(`${url}/v1/artifacts`, registrationOf(content), bearer('w'.repeat(32))).then((answer) => answer.status)
  expect(await register('1234')).toBe(201)
  expect(await register('12345')).toBe(413)
})

test.each([
  [{ SPAN_ARTIFACTS_SERVER_WRITE_TOKEN: 'short' }, 'SPAN_ARTIFACTS_SERVER_WRITE_TOKEN: must be at least 32'],
  [
    { SPAN_ARTIFACTS_SERVER_WRITE_TOKEN: 'x'.repeat(32), SPAN_ARTIFACTS_SERVER_READ_TOKEN: 'x'.repeat(32) },
    'SPAN_ARTIFACTS_SERVER_READ_TOKEN and SPAN_ARTIFACTS_SERVER_WRITE_TOKEN must differ',
  ],
])('bad tokens in the environment are refused without being shown', async (environment, message) => {
  const { code, stderr } = await runCommand(['serve', '--data', await temporaryDirectory()], environment)
  expect([code, stderr]).toEqual([2, expect.stringContaining(`error: ${message}`)])
  for (const token of Object.values(environment)) expect(stderr).not.toContain(token)
})

test('help and version', async () => {
  const help = await runCommand(['--help'])
  expect([help.code, help.stderr]).toEqual([0, ''])
  for (const word of ['serve', 'token', 'artifact']) expect(help.stdout).toContain(word)
  expect((await runCommand(['serve', '--help'])).stdout).toContain('SPAN_ARTIFACTS_SERVER_WRITE_TOKEN')
  expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('a command that is not built says so', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'bin'))
  const copy = join(directory, 'bin', 'span-artifacts.mjs')
  await copyFile(fileURLToPath(new URL('../../bin/span-artifacts.js', import.meta.url)), copy)
  const failure = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [copy], (error, _stdout, stderr) => resolve({ code: error?.code, stderr }))
  })
  expect(failure).toEqual({ code: 1, stderr: 'error: @span-artifacts/server is not built; run: pnpm build\n' })
})
