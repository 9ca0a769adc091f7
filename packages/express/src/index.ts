export { artifactMiddleware } from './artifact-middleware.js'
export type { HttpCaptureOptions } from '@span-artifacts/http'
