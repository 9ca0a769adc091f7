import type { ExecutionContext } from '@nestjs/common'
import { MetadataScanner } from '@nestjs/core'

/** Where a handler stands. */
export interface HandlerMethod {
  readonly name: string
  /** The prototype that defines it: that of the controller, or of a class that it extends. */
  readonly owner: object
}

/** Finds the method that a context leads to. @returns `undefined` where the controller has no such method */
export function findHandlerMethod(
  context: Pick<ExecutionContext, 'getHandler' | 'getClass'>,
): HandlerMethod | undefined {
  const handler = context.getHandler()
  const prototype: object = context.getClass().prototype
  const names = new MetadataScanner().getAllMethodNames(prototype)
  // Somebody may have replaced the method of the instance, which is what Nest calls, but hardly its name.
  const name = names.find((candidate) => Reflect.get(prototype, candidate) === handler) ?? handler.name
  const owner = ownerOf(prototype, name)
  return owner && { name, owner }
}

/** The prototype that defines a method which an object has or inherits. */
function ownerOf(prototype: object | null, name: string): object | undefined {
  if (prototype === null || Object.hasOwn(prototype, name)) return prototype ?? undefined
  return ownerOf(Reflect.getPrototypeOf(prototype), name)
}
