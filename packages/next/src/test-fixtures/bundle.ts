import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'tsup'

const packageDirectory = resolve(import.meta.dirname, '../..')

/** An entry of this package with everything of this repository in it, as bundlers put it into an application. */
export interface Bundle extends AsyncDisposable {
  /** Where it can be imported from. */
  readonly path: string
  /** What it imports still. */
  readonly imports: readonly string[]
}

/** @param conditions those that the bundler resolves packages by */
export async function bundle(
  entry: string,
  { conditions, platform }: { conditions: string[]; platform: 'node' | 'neutral' },
): Promise<Bundle> {
  // Inside of the package, so that what stays outside is found.
  const outDir = await mkdtemp(join(packageDirectory, 'node_modules', '.bundle-'))
  await build({
    config: false,
    entry: [join(packageDirectory, 'src', entry)],
    outDir,
    format: 'esm',
    platform,
    target: 'node22',
    splitting: false,
    silent: true,
    external: [/^next\//, '@opentelemetry/api'],
    noExternal: [/^@span-artifacts\//, /^#/, /^@noble\//, /^mrmime$/],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => void (options.conditions = conditions),
  })
  const name = (await readdir(outDir)).find((file) => file.endsWith('.mjs')) ?? ''
  const path = join(outDir, name)
  const text = await readFile(path, 'utf8')
  const imports = [...text.matchAll(/(?:^|\n)(?:import|export)\b[^;'"]*["']([^"']+)["']/g)].map(([, from = '']) => from)
  return {
    path,
    imports: [...new Set(imports)].toSorted(),
    [Symbol.asyncDispose]: () => rm(outDir, { recursive: true }),
  }
}
