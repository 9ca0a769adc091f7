import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseSync } from 'oxc-parser'

const SOURCE_FILE = /\.(?:[cm]?ts|tsx|[cm]?js)$/
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.turbo'])

/** One module specifier as it stands in a source file. */
export interface ImportedModule {
  /** the file, relative to the scanned folder */
  file: string
  /** for example `@opentelemetry/api`, `./queue.js`, `node:fs` */
  specifier: string
  /** true for `import type` and `export type`: erased by the compiler, so no dependency at run time */
  typeOnly: boolean
}

/**
 * Every module that one source text names: static and dynamic imports, re-exports, and `require()` of a literal.
 *
 * @param file the name that decides between TypeScript, TSX and JavaScript
 * @throws Error when the text does not parse, so that a file the scanner cannot read never counts as clean
 */
export function importsOf(file: string, text: string): ImportedModule[] {
  const parsed = parseSync(file, text)
  const [problem] = parsed.errors
  if (problem) throw new Error(`${file} does not parse: ${problem.message}`)

  const found: ImportedModule[] = []
  for (const statement of parsed.module.staticImports) {
    const typeOnly = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType)
    found.push({ file, specifier: statement.moduleRequest.value, typeOnly })
  }
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) found.push({ file, specifier: entry.moduleRequest.value, typeOnly: entry.isType })
    }
  }
  for (const expression of parsed.module.dynamicImports) {
    found.push({
      file,
      specifier: unquoted(text.slice(expression.moduleRequest.start, expression.moduleRequest.end)),
      typeOnly: false,
    })
  }
  for (const [, specifier] of text.matchAll(/\brequire(?:\.resolve)?\(\s*['"`]([^'"`]+)['"`]/g)) {
    if (specifier) found.push({ file, specifier, typeOnly: false })
  }
  return found
}

/** The imports of every source file below a folder, its tests left out: they may use more than the package itself. */
export async function importsBelow(folder: string): Promise<ImportedModule[]> {
  const found: ImportedModule[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const parts = relative(folder, path).split('/')
    if (!entry.isFile() || !SOURCE_FILE.test(entry.name) || parts.some((part) => SKIPPED_FOLDERS.has(part))) continue
    if (/\.test(?:-d)?\.[a-z]+$/.test(entry.name) || parts.includes('test-fixtures')) continue
    found.push(...importsOf(relative(folder, path), await readFile(path, 'utf8')))
  }
  return found
}

function unquoted(text: string): string {
  return text.replace(/^['"`]|['"`]$/g, '')
}
