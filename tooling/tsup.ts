import { defineConfig, type Options } from 'tsup'

/**
 * The build that every published package shares: ESM for Node 22 and newer. Declarations come from `tsc`, because the
 * compiler of TypeScript 7 has no API that tsup's own `dts` option could call.
 *
 * @param options what differs in one package, such as its entry points; overrides the shared settings
 */
export function packageBuild(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node22',
    platform: 'node',
    dts: false,
    sourcemap: true,
    clean: true,
    splitting: true,
    ...options,
  })
}
