import type { HandlerMethod } from './handler-method.js'
import type { Target } from './handler-options.js'

/** Where `@Body()` and its like leave, for each argument, where it comes from. */
const ROUTE_ARGUMENTS_METADATA = '__routeArguments__'

/** By the index of the argument, the name of the one value that it is: `password` of `@Body('password')`. */
export type ArgumentKeys = ReadonlyMap<number, string>

/** Finds out what the arguments of a handler are called where they come from. */
export function argumentKeys(controller: Target, method: HandlerMethod | undefined): ArgumentKeys {
  const keys = new Map<number, string>()
  if (method === undefined) return keys
  const metadata: unknown = Reflect.getMetadata(ROUTE_ARGUMENTS_METADATA, controller, method.name)
  for (const parameter of Object.values(Object(metadata))) {
    const { index, data }: { readonly index?: unknown; readonly data?: unknown } = Object(parameter)
    if (typeof index === 'number' && typeof data === 'string') keys.set(index, data)
  }
  return keys
}
