import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: { index: 'src/index.ts', edge: 'src/edge.ts' },
  platform: 'neutral',
})
