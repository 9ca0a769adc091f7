#!/usr/bin/env node
// A committed file, so that package managers can link the command before the package is built.
import { existsSync } from 'node:fs'

const commandLine = new URL('../dist/cli.js', import.meta.url)

if (existsSync(commandLine)) {
  await import(commandLine.href)
} else {
  console.error('error: @span-artifacts/server is not built; run: pnpm build')
  process.exitCode = 1
}
