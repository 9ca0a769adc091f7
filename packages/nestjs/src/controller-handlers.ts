import { MetadataScanner, type ModulesContainer } from '@nestjs/core'
import type { Target } from './handler-options.js'

/** Where `@Controller()`, `@Get()` and their like leave their paths: one, or several. */
export const PATH_METADATA = 'path'

/** A method that answers requests. */
export interface ControllerHandler {
  readonly controller: Target
  readonly name: string
  readonly handler: Target
}

/** All handlers of an application that Nest knows so far. */
export function applicationHandlers(modules: ModulesContainer): ControllerHandler[] {
  return [...modules.values()].flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) =>
      typeof metatype === 'function' ? controllerHandlers(metatype) : [],
    ),
  )
}

/** The handlers of a controller, own and inherited. */
export function controllerHandlers(controller: Target): ControllerHandler[] {
  const prototype: object = controller.prototype
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler: unknown = Reflect.get(prototype, name)
    const isHandler = typeof handler === 'function' && Reflect.hasMetadata(PATH_METADATA, handler)
    return isHandler ? [{ controller, name, handler }] : []
  })
}
