import type { CapturedRequest } from '@span-artifacts/http'
import type { ModulesContainer, Reflector } from '@nestjs/core'
import { applicationHandlers, PATH_METADATA, type ControllerHandler } from './controller-handlers.js'
import { findHandlerOptions } from './handler-options.js'

/** A segment with one of these may stand for any number of segments, in one version of Nest or the other. */
const OPEN_SEGMENT = /[*+?(){}]/

/** The end of a path: before it may stand a prefix of the application, of a module or of a version. */
interface HiddenPath {
  readonly segments: readonly string[]
  /** Whether anything may follow. */
  readonly isOpen: boolean
}

/**
 * Finds out which paths lead to handlers of which something is not captured, for requests that never reach a handler.
 *
 * @returns whether a request may have been meant for one of them; in doubt `true`
 */
export function hiddenPaths(modules: ModulesContainer, reflector: Reflector): (request: CapturedRequest) => boolean {
  const paths = applicationHandlers(modules).flatMap((handler) => hiddenPathsOf(handler, reflector))
  return (request) => {
    // A middleware may have changed the one, and Express keeps the other.
    const urls: unknown[] = [request.url, Reflect.get(request, 'originalUrl')]
    return urls.some((url) => {
      if (typeof url !== 'string') return false
      const segments = segmentsOf(url.replace(/[?#].*$/s, '')).map(normalize)
      return paths.some((path) => matches(segments, path))
    })
  }
}

function hiddenPathsOf({ controller, handler }: ControllerHandler, reflector: Reflector): HiddenPath[] {
  const options = findHandlerOptions(reflector, handler, controller)
  const { request, response, files } = options ?? { request: false }
  if (request !== false && response !== false && files !== false) return []
  return texts(Reflect.getMetadata(PATH_METADATA, controller)).flatMap((prefix) =>
    texts(Reflect.getMetadata(PATH_METADATA, handler)).map((path) => parsePath(`${prefix}/${path}`)),
  )
}

function parsePath(path: string): HiddenPath {
  const declared = segmentsOf(path)
  const segments = declared.map(normalize)
  const open = declared.findIndex((segment) => OPEN_SEGMENT.test(segment))
  return { segments: open === -1 ? segments : segments.slice(0, open), isOpen: open !== -1 }
}

function matches(segments: readonly string[], { segments: hidden, isOpen }: HiddenPath): boolean {
  const lastStart = segments.length - hidden.length
  const matchesAt = (start: number): boolean =>
    hidden.every((segment, index) => segment.includes(':') || segment === segments[start + index])
  for (let start = isOpen ? 0 : lastStart; start <= lastStart; start += 1)
    if (start >= 0 && matchesAt(start)) return true
  return false
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** A segment as routers compare it, that of Fastify with what follows on a semicolon cut off. */
function normalize(segment: string): string {
  const [text = ''] = segment.split(';')
  try {
    return decodeURIComponent(text).toLowerCase()
  } catch {
    return text.toLowerCase()
  }
}

function texts(value: unknown): string[] {
  return [value].flat().map((text) => (typeof text === 'string' ? text : ''))
}
