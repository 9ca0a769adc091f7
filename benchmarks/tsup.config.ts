import { packageBuild } from '@span-artifacts/tooling/tsup'

// Every worker is an entry of its own, because it runs in a process of its own.
export default packageBuild({ entry: ['src/*.ts', 'src/workers/*.ts'] })
