import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: {
    index: 'src/index.ts',
    'web/index': 'src/web/index.ts',
    'decompress/node': 'src/decompress/node.ts',
    'decompress/web': 'src/decompress/web.ts',
  },
  // Resolved by the `imports` of package.json when the package is loaded, so that each runtime gets its own file.
  external: ['#decompress'],
})
