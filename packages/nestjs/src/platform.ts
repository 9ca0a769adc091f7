import type { EventEmitter } from 'node:events'
import type { HttpServer } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import { reportProblem } from '@span-artifacts/core'
import type { CapturedRequest, CapturedResponse, HttpCapture } from '@span-artifacts/http'

interface FastifyMessage<Message> {
  readonly raw: Message
}

/** The part of a Fastify instance that is used here. */
interface FastifyInstance {
  readonly server: EventEmitter
  addHook(
    name: 'onRequest',
    hook: (request: FastifyMessage<CapturedRequest>, reply: FastifyMessage<CapturedResponse>, done: () => void) => void,
  ): void
}

const withCapture = new WeakSet<HttpServer>()

/** Whether a module has put a capture in front of this platform: then nobody else needs to start one. */
export function hasCapture(adapter: HttpServer | null | undefined): boolean {
  return adapter !== undefined && adapter !== null && withCapture.has(adapter)
}

/**
 * Puts the capture in front of everything else that a platform runs; the first one, where several modules ask. Does
 * nothing where there is no platform: a microservice, or a context without a server.
 */
export function installCapture(host: HttpAdapterHost, capture: HttpCapture): void {
  const { init$ }: { readonly init$?: HttpAdapterHost['init$'] } = host
  const known: HttpServer | null | undefined = host.httpAdapter
  // At once where the platform is known; `@nestjs/testing` tells it when the modules exist.
  if (init$ !== undefined) init$.subscribe(() => installOn(host.httpAdapter, capture))
  else if (known) installOn(known, capture)
  else onceAdapterIsSet(host, (adapter) => installOn(adapter, capture))
}

/** Nest 10 has no `init$`: it sets the platform, and tells nobody. Who watched before is told first. */
function onceAdapterIsSet(host: HttpAdapterHost, listener: (adapter: HttpServer) => void): void {
  const watched = Reflect.getOwnPropertyDescriptor(host, 'httpAdapter')
  Object.defineProperty(host, 'httpAdapter', {
    configurable: true,
    get: () => undefined,
    set: (adapter: HttpServer) => {
      // Below it is the accessor of the class.
      if (watched === undefined) Reflect.deleteProperty(host, 'httpAdapter')
      else Object.defineProperty(host, 'httpAdapter', watched)
      Reflect.set(host, 'httpAdapter', adapter)
      listener(adapter)
    },
  })
}

function installOn(adapter: HttpServer | null | undefined, capture: HttpCapture): void {
  if (adapter === undefined || adapter === null || withCapture.has(adapter)) return
  withCapture.add(adapter)
  if (isListening(adapter.getHttpServer())) return reportNotInstalled('the application listens already')
  try {
    installOnPlatform(adapter, capture)
  } catch (error) {
    // Where the platform is known late, nobody would catch this: it would end the process.
    reportNotInstalled(error instanceof Error ? error.name : typeof error)
  }
}

function isListening(server: unknown): boolean {
  return typeof server === 'object' && server !== null && Reflect.get(server, 'listening') === true
}

function reportNotInstalled(reason: string): void {
  reportProblem('nestjs_not_installed', `ArtifactsModule could not be installed, and captures nothing: ${reason}`)
}

function installOnPlatform(adapter: HttpServer, capture: HttpCapture): void {
  const platform = adapter.getType()
  switch (platform) {
    case 'express':
      adapter.use(function artifacts(request: CapturedRequest, response: CapturedResponse, next: () => void) {
        capture(request, response)
        next()
      })
      return
    case 'fastify': {
      const fastify: FastifyInstance = adapter.getInstance()
      // For what does not come through its own server: Fastify listens on others too when it is told to listen on `localhost`.
      // Throws when it listens already.
      fastify.addHook('onRequest', (request, reply, done) => {
        capture(request.raw, reply.raw)
        done()
      })
      // Nest has registered its middleware by now, and hooks run in the order of their registration: be before them all.
      fastify.server.prependListener('request', capture)
      return
    }
    default:
      reportProblem(
        'unknown_platform',
        `ArtifactsModule knows Express and Fastify, and cannot capture on "${platform}"`,
      )
  }
}
