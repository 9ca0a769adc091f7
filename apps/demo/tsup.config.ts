import { packageBuild } from '../../tooling/tsup.js'

export default packageBuild({ entry: ['src/start.ts'] })
