// Builds the site for the version of Next.js that the package in the working directory has: `node ../next/src/build-site.ts`.
// Makes `build/`: a copy of the site, with the packages of this repository installed in it as npm would install them,
// and what `next build` made and said.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const REPOSITORY = resolve(import.meta.dirname, '../../..')
const SITE = resolve(import.meta.dirname, '../site')
const BUILD = resolve('build')
/** The first version that calls the middleware a proxy. */
const FIRST_VERSION_WITH_PROXY = 16

const require = createRequire(join(process.cwd(), 'package.json'))
const nextPackage = require.resolve('next/package.json')
const { version }: { version: string } = JSON.parse(readFileSync(nextPackage, 'utf8'))

// What Next.js keeps between two builds may stay.
for (const name of ['app', 'pages', 'telemetry', 'node_modules', 'proxy.ts', 'middleware.ts']) {
  rmSync(join(BUILD, name), { recursive: true, force: true })
}
cpSync(SITE, BUILD, { recursive: true })
if (Number.parseInt(version) < FIRST_VERSION_WITH_PROXY) useMiddleware()
install(join(REPOSITORY, 'packages/next'), new Set())
build()

/** The same under its former name. */
function useMiddleware(): void {
  const middleware = join(BUILD, 'middleware.ts')
  renameSync(join(BUILD, 'proxy.ts'), middleware)
  writeFileSync(middleware, readFileSync(middleware, 'utf8').replace('function proxy(', 'function middleware('))
}

/** Copies what npm would publish of a package, and what that depends on; peers come from the package that builds. */
function install(directory: string, installed: Set<string>): void {
  const description: { name: string; dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  )
  if (installed.has(description.name)) return
  installed.add(description.name)
  const target = join(BUILD, 'node_modules', description.name)
  mkdirSync(dirname(target), { recursive: true })
  cpSync(directory, target, {
    recursive: true,
    filter: (source) => !/^(?:node_modules|src|\.turbo)(?:\/|$)/.test(source.slice(directory.length + 1)),
  })
  for (const name of Object.keys(description.dependencies ?? {})) install(dependencyOf(directory, name), installed)
}

/** Where a dependency is, found as Node finds it. */
function dependencyOf(directory: string, name: string): string {
  const candidate = join(directory, 'node_modules', name)
  if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
  if (dirname(directory) === directory) throw new Error(`${name} is not installed`)
  return dependencyOf(dirname(directory), name)
}

/** Runs `next build`, and keeps what it says for the tests. */
function build(): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(dirname(nextPackage), 'dist/bin/next'), 'build', BUILD],
    { encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' } },
  )
  writeFileSync(join(BUILD, 'next-build.log'), stdout + stderr)
  if (status === 0) return
  process.stderr.write(stdout + stderr)
  process.exit(1)
}
