import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: {
    index: 'src/index.ts',
    'testing/index': 'src/testing/index.ts',
    'platform/node': 'src/platform/node.ts',
    'platform/web': 'src/platform/web.ts',
  },
  // Resolved by the `imports` of package.json when the package is loaded, so that each runtime gets its own file.
  external: ['#platform'],
  platform: 'neutral',
})
