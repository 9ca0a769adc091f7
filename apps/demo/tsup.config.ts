import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: {
    start: 'src/start.ts',
    // The process that is watched, and what it loads before everything else.
    'help-desk': 'src/help-desk/main.ts',
    instrumentation: 'src/help-desk/instrumentation.ts',
  },
})
