import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild()
