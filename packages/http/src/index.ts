export { DEFAULT_ATTRIBUTE_NAMES, type HttpAttributeNames } from './attribute-names.js'
export {
  captureHttpExchange,
  createHttpCapture,
  httpExchangeCapture,
  takeOverHttpExchange,
  takeOverWireCapture,
  type HttpCapture,
  type HttpExchangeOptions,
} from './capture-http-exchange.js'
export { contentTypeFilter, DEFAULT_CONTENT_TYPES, UNKNOWN_CONTENT_TYPE } from './content-types.js'
export type { DescribeObject } from './describe-values.js'
export { className } from './live-object.js'
export { checkRouteOptions, mergeRouteOptions, type RouteOptionRules, type RouteOptions } from './route-options.js'
export { createRoutedHttpCapture, enterRoute } from './routed-capture.js'
export type { ExchangeOverrides, HttpExchangeCapture } from './exchange.js'
export { DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_FILE_BYTES, type HttpCaptureOptions } from './options.js'
export { ServerSpanProcessor } from './server-span.js'
export { captureAllRequests, type StopCapturing } from './capture-all-requests.js'
export type { CapturedRequest, CapturedResponse } from './http-messages.js'
export { captureFiles, type FormidableForm } from './capture-files.js'
export type { RedactFunction, RedactKeys, RedactOption } from './redaction-option.js'
