export {
  createCallCapture,
  type CallCapture,
  type CallCaptureOptions,
  type CallConvention,
  type RunningCall,
} from './call-capture.js'
export { createWebCapture, type WebCapture, type WebCaptureOptions, type WebExchangeCapture } from './web-capture.js'
export { ServerSpanProcessor } from '../server-span.js'
export { ownOptions } from '../own-options.js'
