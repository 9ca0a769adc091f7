import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: { index: 'src/index.ts', 'broker-stub-process': 'src/broker-stub/broker-stub-process.ts' },
})
