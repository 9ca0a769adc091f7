import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packageDirectory } from '../package-directory.js'
import { NO_MODEL_KEYS } from './running-demo.js'

const START = fileURLToPath(new URL('dist/start.js', packageDirectory))

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'span-artifacts-start-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const anyPorts = (): string[] => {
  const ports = ['--server-port', '0', '--demo-port', '0', '--web-port', '0']
  return [...ports, '--data', join(directory, 'data')]
}

function launch(...args: string[]) {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, ...NO_MODEL_KEYS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, ...output }))
  return { child, output, ended }
}

/** A port that somebody else listens on. */
async function takePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { port: String(port), [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) }
}

/** Waits until `start` is up, and reads where. */
async function addresses(child: ChildProcess, output: { stdout: string }) {
  while (!output.stdout.includes('Ctrl-C ends them all.')) await once(child.stdout!, 'data')
  const [, viewer, helpDesk, frontEnd] = /Viewer: +(\S+)\nHelp desk: (\S+)\nFront end: (\S+)/.exec(output.stdout)!
  return { viewer: new URL(viewer!), helpDesk: new URL(helpDesk!), frontEnd: new URL(frontEnd!) }
}

describe('start --once', () => {
  test('verifies every artifact and ends, the first time and the next', async () => {
    for (const run of ['on no data', 'on the data of the run before']) {
      const { code, stdout, stderr } = await launch('--once', ...anyPorts()).ended
      const lines = stdout.trimEnd().split('\n')
      expect({ run, code, errors: stderr.match(/start: .*/g) ?? [] }).toEqual({ run, code: 0, errors: [] })
      expect(lines.at(-1)).toBe('49 artifacts verified')
      expect(lines[0]).toMatch(/^AI: local model, a stand-in that /)
      expect(stdout).toMatch(
        /^POST \/tickets\/T-1001\/reply-suggestion → 200: broken-lamp\.jpg 2\.6 MB ×5, warranty\.pdf 230 kB ×2, audio\/wav 601 kB, new-lamp\.jpg 215 kB ×3, response body /m,
      )
      expect(lines[2]).toMatch(
        /^POST \/tickets → 201: request body \d+ B, broken-lamp\.jpg 2\.6 MB, voice-note\.wav 601 kB, warranty\.pdf 230 kB, response body \d+ B {2}http:\/\/127\.0\.0\.1:\d+\/traces\/[0-9a-f]{32}$/,
      )
    }
  })
})

describe('start', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('stays up until %s, then ends with all it started', async (signal) => {
    const { child, output, ended } = launch(...anyPorts())
    const { viewer, helpDesk, frontEnd } = await addresses(child, output)
    expect((await fetch(viewer)).status).toBe(200)
    expect(await (await fetch(helpDesk)).text()).toContain('What broke?')
    expect(await (await fetch(frontEnd)).text()).toContain('What broke?')

    const samePorts = ['--server-port', viewer.port, '--demo-port', helpDesk.port, '--web-port', frontEnd.port]
    const second = await launch(...anyPorts(), ...samePorts).ended
    expect(second.stderr).toBe(
      `start: Ports ${viewer.port} of the server, ${helpDesk.port} of the help desk and ${frontEnd.port} of the front end are taken. Choose others with --server-port, --demo-port and --web-port.\n`,
    )
    expect(second.code).toBe(1)

    child.kill(signal)
    expect((await ended).code).toBe(0)
    await expect(fetch(viewer)).rejects.toThrow('fetch failed')
    await expect(fetch(helpDesk)).rejects.toThrow('fetch failed')
    await expect(fetch(frontEnd)).rejects.toThrow('fetch failed')
  })

  test('ends help desk and front end even when it is killed itself', async () => {
    const { child, output, ended } = launch(...anyPorts())
    const { helpDesk, frontEnd } = await addresses(child, output)
    child.kill('SIGKILL')
    // The pipes close when the last process that holds them has ended.
    await ended
    await expect(fetch(helpDesk)).rejects.toThrow('fetch failed')
    // The front end holds none of them.
    const isReached = (): Promise<boolean> =>
      fetch(frontEnd).then(
        ({ ok }) => ok,
        () => false,
      )
    await expect.poll(isReached, { timeout: 20_000 }).toBe(false)
  })

  test('says which option changes a taken server port', async () => {
    await using taken = await takePort()
    const { code, stderr, stdout } = await launch(...anyPorts(), '--server-port', taken.port).ended
    expect(stderr).toBe(`start: Port ${taken.port} of the server is taken. Choose another with --server-port.\n`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  test('says which option changes a taken help desk port', async () => {
    await using taken = await takePort()
    const { code, stderr, stdout } = await launch(...anyPorts(), '--demo-port', taken.port).ended
    expect(stderr).toBe(`start: Port ${taken.port} of the help desk is taken. Choose another with --demo-port.\n`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  test('says which option changes a taken front end port', async () => {
    await using taken = await takePort()
    const { code, stderr, stdout } = await launch(...anyPorts(), '--web-port', taken.port).ended
    expect(stderr).toBe(`start: Port ${taken.port} of the front end is taken. Choose another with --web-port.\n`)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  test('says what is wrong with the data directory', async () => {
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    const { code, stderr } = await launch(...anyPorts(), '--data', file).ended
    expect(stderr).toContain(`data directory ${file} cannot be used`)
    expect(stderr).toContain('Choose another directory with --data.')
    expect(code).toBe(1)
  })

  test.each([
    [['--onse'], "Unknown option '--onse'. --help lists the options."],
    [['now'], "Unexpected argument 'now'."],
    [['--server-port'], '--server-port'],
    [['--demo-port', '70000'], '--demo-port must be a port from 0 to 65535, not "70000".'],
    [['--web-port', '-1'], "Option '--web-port' argument is ambiguous. --help lists the options."],
    [['--web-port=-1'], '--web-port must be a port from 0 to 65535, not "-1".'],
    [['--server-port', 'http'], '--server-port must be a port from 0 to 65535, not "http".'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await launch(...args).ended
    expect(stderr).toMatch(/^start: [^\n]+\n$/)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  test('explains its options', async () => {
    const { code, stdout } = await launch('--help').ended
    for (const option of ['--once', '--server-port', '--demo-port', '--web-port', '--data'])
      expect(stdout).toContain(option)
    expect(code).toBe(0)
  })
})
