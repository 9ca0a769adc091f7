import { configureArtifacts, type ArtifactClient, type ArtifactClientOptions } from '@span-artifacts/core'
import {
  captureAllRequests,
  ServerSpanProcessor,
  type HttpCaptureOptions,
  type StopCapturing,
} from '@span-artifacts/http'
import { ownOptions } from '@span-artifacts/http/web'
import { flushAfterResponse } from './flush-after-response.js'

/** What {@link registerArtifacts} takes: the options of the client, and what is to be captured without a wrapper. */
export interface RegisterArtifactsOptions extends ArtifactClientOptions {
  /**
   * Capture every exchange of the server at the level of Node's HTTP server, whatever handles it. Only in the Node.js
   * runtime. Default `false`.
   */
  readonly captureAllRequests?: boolean | HttpCaptureOptions
}

/** What {@link registerArtifacts} made. */
export interface RegisteredArtifacts {
  /** The client that uploads. */
  readonly client: ArtifactClient
  /** To be added to the span processors of the application's OpenTelemetry SDK, before those that export. */
  readonly spanProcessors: ServerSpanProcessor[]
}

/** Next calls `register()` again when the file changes in development. */
const stopSlot: unique symbol = Symbol.for('span-artifacts.next.stop-capturing')

interface GlobalSlot {
  [stopSlot]?: StopCapturing | undefined
}

/**
 * Configures the client of this process. Call it in `register()` of `instrumentation.ts`, for either runtime, and give
 * the span processors that it returns to OpenTelemetry.
 *
 * @throws ArtifactConfigurationError for an option with an unknown name or a bad value
 */
export function registerArtifacts(options: RegisterArtifactsOptions = {}): RegisteredArtifacts {
  const { captureAllRequests: wire = false, ...clientOptions } = options
  const client = configureArtifacts(clientOptions)
  const slot: typeof globalThis & GlobalSlot = globalThis
  slot[stopSlot]?.()
  slot[stopSlot] = wire === false ? undefined : captureAllRequests(flushing(wire === true ? {} : ownOptions(wire)))
  return { client, spanProcessors: [new ServerSpanProcessor()] }
}

/** Has a serverless function stay alive until what was captured of an exchange is uploaded. */
function flushing(options: HttpCaptureOptions): HttpCaptureOptions {
  return {
    ...options,
    shouldCapture(request, response) {
      const isWanted = options.shouldCapture?.(request, response) ?? true
      if (isWanted) flushAfterResponse(Promise.resolve(), options.client)
      return isWanted
    },
  }
}
