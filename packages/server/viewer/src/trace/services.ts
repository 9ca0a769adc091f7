import type { Span } from '../api/contract.js'
import type { SpanNode } from './span-tree.js'

/** How many colours the style sheet has for services, as `.hue-0` and so on. */
export const serviceHueCount = 8

export interface Service {
  readonly name: string
  readonly hue: number
  readonly spanCount: number
}

/** The service that a span says it comes from, or `unknown service`. */
export function serviceName(span: Span | undefined): string {
  const name = span?.resource['service.name']
  return typeof name === 'string' && name !== '' ? name : 'unknown service'
}

/** The services of a trace in the order in which they appear, each with its own colour as long as there are enough. */
export function listServices(nodes: readonly SpanNode[]): ReadonlyMap<string, Service> {
  const services = new Map<string, Service>()
  for (const { span } of nodes) {
    if (span === undefined) continue
    const name = serviceName(span)
    const known = services.get(name)
    const hue = known?.hue ?? services.size % serviceHueCount
    services.set(name, { name, hue, spanCount: (known?.spanCount ?? 0) + 1 })
  }
  return services
}
