import { createStore, type CaptureAdapter } from './adapter.js'
import { describeExchanges } from './exchange-contract.js'
import { describePrivacy } from './privacy-contract.js'
import { describeRequestBodies } from './request-bodies-contract.js'
import { describeResponseBodies } from './response-bodies-contract.js'
import type { TestTracing } from './tracing.js'
import { describeTransparency } from './transparency-contract.js'
import { describeUploadedFiles } from './uploaded-files-contract.js'

/** Declares every test that an adapter for HTTP servers has to pass. Call it once per adapter in a test file. */
export function describeHttpCapture(adapter: CaptureAdapter, tracing: TestTracing): void {
  const setting = { adapter, tracing, store: createStore() }
  describeExchanges(setting)
  describeRequestBodies(setting)
  describeResponseBodies(setting)
  describeUploadedFiles(setting)
  describePrivacy(setting)
  describeTransparency(setting)
}
