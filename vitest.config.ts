import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const directory = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** One project per package. Across packages tests use the built `dist`, as users do; inside a package its sources. */
const packageProject = (name: string, root: string, alias: Record<string, string> = {}) => ({
  resolve: { alias },
  test: {
    name,
    root: directory(root),
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    typecheck: { enabled: true, include: ['src/**/*.test-d.ts'], tsconfig: 'tsconfig.json' },
  },
})

/** Tests of the NestJS adapter once more, on an older Nest; plugins of Fastify stay those of the latest. */
const nestProject = (version: 10 | 11) => ({
  resolve: {
    alias: [
      {
        find: /^(@nestjs\/(?:common|core|platform-express|platform-fastify|testing)|reflect-metadata|rxjs)(?=$|\/)/,
        replacement: `${directory(`./e2e/nest-${version}/node_modules`)}/$1`,
      },
    ],
  },
  test: {
    name: `nestjs-${version}`,
    root: directory('./packages/nestjs'),
    include: [
      'src/nest-contract.test.ts',
      'src/handlers.test.ts',
      'src/other-contexts.test.ts',
      'src/nest-version.test.ts',
      'src/testing-module.test.ts',
    ],
    env: { NEST_VERSION: String(version) },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})

export default defineConfig({
  test: {
    reporters: ['default', directory('./tooling/closing-line-reporter.ts')],
    globalSetup: directory('./tooling/own-temporary-directory.ts'),
    projects: [
      packageProject('core', './packages/core', { '#platform': directory('./packages/core/src/platform/node.ts') }),
      packageProject('http', './packages/http', { '#decompress': directory('./packages/http/src/decompress/node.ts') }),
      packageProject('express', './packages/express'),
      packageProject('nestjs', './packages/nestjs'),
      packageProject('next', './packages/next'),
      nestProject(10),
      nestProject(11),
      packageProject('ai-sdk', './packages/ai-sdk'),
      packageProject('server', './packages/server'),
      packageProject('viewer', './packages/server/viewer'),
      packageProject('stored-secrets', './e2e/stored-secrets'),
      packageProject('e2e-next', './e2e/next'),
      packageProject('test-support', './packages/test-support'),
      packageProject('demo', './apps/demo'),
      packageProject('benchmarks', './benchmarks'),
      {
        test: {
          name: 'repository',
          root: directory('./tests'),
          include: ['**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})
