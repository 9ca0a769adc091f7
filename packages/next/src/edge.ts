import { configureArtifacts } from '@span-artifacts/core'
import { ServerSpanProcessor } from '@span-artifacts/http/web'
import type { RegisterArtifactsOptions, RegisteredArtifacts } from './register-artifacts.js'

export { withArtifacts } from './with-artifacts.js'
export { withArtifactsAction } from './with-artifacts-action.js'

/** On an edge runtime artifacts wait in memory only, and there is no HTTP server of Node to capture at. */
export function registerArtifacts(options: RegisterArtifactsOptions = {}): RegisteredArtifacts {
  const { captureAllRequests: _, ...clientOptions } = options
  return { client: configureArtifacts(clientOptions), spanProcessors: [new ServerSpanProcessor()] }
}

/** A route of the Pages API on an edge runtime has a web request and a web response, as a route handler has. */
export { withArtifacts as withArtifactsApi } from './with-artifacts.js'
