// Every static check of the repository, in one command: `pnpm check`. Runs all of them even when one fails, so that one
// run shows everything there is to mend, and exits 1 if any failed.
import { spawnSync } from 'node:child_process'

const checks = [
  ['format', 'oxfmt --check'],
  // Before lint: type-aware rules read the declarations of the packages that a file imports.
  ['build', 'turbo run build --output-logs=errors-only'],
  ['lint', 'pnpm run lint'],
  ['types', 'turbo run types --output-logs=errors-only'],
  ['packages', 'turbo run package --output-logs=errors-only'],
  ['boundaries', 'turbo boundaries'],
  ['dead code', 'knip'],
  ['versions', 'sherif'],
]

const failed = []
for (const [name, command] of checks) {
  const started = Date.now()
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit', env: { ...process.env, DO_NOT_TRACK: '1' } })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status !== 0) failed.push(name)
}

if (failed.length > 0) {
  console.error(`\n${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`)
  process.exit(1)
}
console.log(`\nall ${checks.length} checks passed`)
