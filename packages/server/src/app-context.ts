import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { ArtifactService } from './artifacts/artifact-service.js'
import type { Access, Authenticator, Credentials } from './auth/authenticator.js'
import { readSessionCookie } from './auth/session-cookie.js'
import type { BodyPace } from './http/request-body.js'
import type { ServerMetrics } from './metrics.js'
import type { BlobStore } from './storage/blob-store.js'
import type { TokenScope } from './storage/catalog/access.js'
import type { Catalog } from './storage/catalog/catalog.js'
import type { ViewerFiles } from './viewer-files.js'

/** What the routes work with. */
export interface AppServices {
  artifacts: ArtifactService
  authenticator: Authenticator
  blobs: BlobStore
  catalog: Catalog
  viewer: ViewerFiles
  metrics: ServerMetrics
  /** Under which URL clients reach the server; absent: the one that they used. */
  publicUrl?: URL
  /** Longest OTLP body, as sent and as unpacked, bytes. */
  maxTraceRequestBytes: number
  pace: BodyPace
  /** Told of errors that are the server's own fault. */
  onError: (error: unknown, request: { method: string; path: string }) => void
}

type AppEnvironment = { Bindings: HttpBindings }

/** The application; its routes see Node's own request and response beside Hono's. */
export type App = Hono<AppEnvironment>

/** One request to it. */
export type AppContext = Context<AppEnvironment>

/** Longest JSON body of the API (registrations, log-ins), bytes. */
export const maxJsonBytes: number = 16 * 1024

/**
 * Says in which project a request may use a scope.
 *
 * @throws ApiError 401, 403
 */
export function authorize(context: AppContext, services: AppServices, scope: TokenScope): Promise<Access> {
  return services.authenticator.authorize(credentialsOf(context, services), scope)
}

/** The secrets that a request carries. */
export function credentialsOf(context: AppContext, services: AppServices): Credentials {
  const { authorization, cookie } = context.env.incoming.headers
  return { authorization, sessionSecret: readSessionCookie(cookie, isReachedOverHttps(services)) }
}

/** Whether browsers reach the server over https, by way of a proxy. */
export function isReachedOverHttps(services: AppServices): boolean {
  return services.publicUrl?.protocol === 'https:'
}
