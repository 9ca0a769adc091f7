import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importsBelow, importsOf } from './import-scanner.js'

/** What each package's own code may import at run time besides itself and Node. The plan is in docs/architecture.md. */
const ALLOWED: Record<string, readonly RegExp[]> = {
  'packages/core/src': [/^@opentelemetry\/api$/, /^mrmime$/, /^@noble\/hashes(?:\/|$)/],
  'packages/http/src': [/^@opentelemetry\/api$/, /^@span-artifacts\/core$/],
  'packages/ai-sdk/src': [/^@opentelemetry\/api$/, /^@span-artifacts\/core$/],
  'packages/express/src': [/^@opentelemetry\/api$/, /^@span-artifacts\/core$/, /^@span-artifacts\/http$/, /^express$/],
  'packages/nestjs/src': [
    /^@opentelemetry\/api$/,
    /^@span-artifacts\/core$/,
    /^@span-artifacts\/http$/,
    /^@nestjs\/(?:common|core)$/,
    /^rxjs$/,
  ],
  'packages/next/src': [
    /^@opentelemetry\/api$/,
    /^@span-artifacts\/core$/,
    /^@span-artifacts\/http(?:\/web)?$/,
    /^next\/server\.js$/,
  ],
}

/** These packages may be imported by nobody but the packages named. */
const REPOSITORY_IMPORTS: Record<string, readonly string[]> = {
  'packages/core/src': [],
  'packages/http/src': ['@span-artifacts/core'],
  'packages/ai-sdk/src': ['@span-artifacts/core'],
  'packages/express/src': ['@span-artifacts/core', '@span-artifacts/http'],
  'packages/nestjs/src': ['@span-artifacts/core', '@span-artifacts/http'],
  'packages/next/src': ['@span-artifacts/core', '@span-artifacts/http'],
  'packages/server/src': ['@span-artifacts/core'],
  'packages/test-support/src': [],
  'packages/server/viewer/src': [],
  'apps/demo/src': [
    '@span-artifacts/ai-sdk',
    '@span-artifacts/core',
    '@span-artifacts/express',
    '@span-artifacts/server',
  ],
  'apps/web/src': ['@span-artifacts/core', '@span-artifacts/next'],
  'e2e/next/site': ['@span-artifacts/next'],
  'e2e/next/src': ['@span-artifacts/server', '@span-artifacts/test-support'],
}

const folder = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const specifiers = (text: string): string[] => importsOf('sample.ts', text).map(({ specifier }) => specifier)
const isRelative = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('#')

describe('the borders of the packages', () => {
  test.each(Object.entries(ALLOWED))(
    '%s imports nothing at run time but what its package declares',
    async (path, allowed) => {
      const foreign = (await importsBelow(folder(path))).filter(
        ({ specifier, typeOnly }) =>
          !typeOnly &&
          !isRelative(specifier) &&
          !specifier.startsWith('node:') &&
          !allowed.some((pattern) => pattern.test(specifier)),
      )
      expect(foreign).toEqual([])
    },
  )

  test.each(Object.entries(REPOSITORY_IMPORTS))('%s depends only on packages below it', async (path, allowed) => {
    const wrong = (await importsBelow(folder(path))).filter(({ specifier }) => {
      if (!specifier.startsWith('@span-artifacts/')) return false
      return !allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`))
    })
    expect(wrong).toEqual([])
  })

  test('the core reaches Node only through its platform file', async () => {
    const reaching = (await importsBelow(folder('packages/core/src'))).filter(
      ({ file, specifier, typeOnly }) =>
        specifier.startsWith('node:') && !typeOnly && !file.startsWith('platform/') && !file.startsWith('testing/'),
    )
    expect(reaching).toEqual([])
  })
})

describe('the scanner that checks them', () => {
  test('sees every way to name a module', () => {
    expect(
      specifiers(`
        import a from 'a'
        import * as b from 'b'
        import 'c'
        export { d } from 'd'
        export * from 'e'
        const f = await import('f')
        const g = require("g")
        const h = require.resolve('h')
      `).sort(),
    ).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  })

  test('tells a type that is erased from an import that stays', () => {
    const imports = importsOf('sample.ts', `import type { A } from 'a'\nimport { type B, c } from 'b'`)
    expect(imports.map(({ specifier, typeOnly }) => [specifier, typeOnly])).toEqual([
      ['a', true],
      ['b', false],
    ])
  })

  test('refuses a file that it cannot read', () => {
    expect(() => importsOf('sample.ts', 'import {')).toThrow(/does not parse/)
  })
})
