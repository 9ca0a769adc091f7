// `next build`, whose words are kept for the tests: a bundler that warns of Span Artifacts would warn its users.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'))
const child = spawn(process.execPath, [next, 'build'], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
})
let words = ''
for (const [stream, own] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
]) {
  stream.setEncoding('utf8').on('data', (text) => {
    words += text
    own.write(text)
  })
}
const [code] = await once(child, 'close')
if (code === 0) await writeFile('.next/build.log', words)
process.exitCode = code ?? 1
