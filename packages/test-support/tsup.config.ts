import { packageBuild } from '@span-artifacts/tooling/tsup'

export default packageBuild({
  entry: {
    index: 'src/index.ts',
    // Apart, so that only browser tests load a browser's driver.
    browser: 'src/browser.ts',
    'broker-stub-process': 'src/broker-stub/broker-stub-process.ts',
  },
})
