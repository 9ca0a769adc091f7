import { AsyncLocalStorage } from 'node:async_hooks'
import { MetadataScanner } from '@nestjs/core'

/** Takes the arguments of a handler's call. Must not throw. */
export type ArgumentsObserver = (handlerArguments: readonly unknown[]) => void

/** Where `@Get()` and its like leave the path of a handler. */
const PATH_METADATA = 'path'

const observersSlot: unique symbol = Symbol.for('span-artifacts.nestjs.argument-observers')
const slot: typeof globalThis & { [observersSlot]?: AsyncLocalStorage<ArgumentsObserver> } = globalThis

/**
 * Leads from the call of a handler back to the exchange: the arguments need not tell which request they belong to. One for
 * all copies of this package: the decorator of one meets the interceptor of another.
 */
const observers = (slot[observersSlot] ??= new AsyncLocalStorage())

/** Runs something that will call a handler. The observer sees the arguments of the first call of an observed method. */
export function observingArguments<Result>(observer: ArgumentsObserver, action: () => Result): Result {
  let seen = false
  const once: ArgumentsObserver = (handlerArguments) => {
    if (seen) return
    seen = true
    observer(handlerArguments)
  }
  return observers.run(once, action)
}

/**
 * Lets {@link observingArguments} see the arguments of a handler, or of all handlers of a controller. Interceptors run
 * before pipes, and Nest tells nobody else what it calls a handler with.
 */
export function ObserveArguments(): (
  target: object,
  property?: string | symbol,
  descriptor?: PropertyDescriptor,
) => void {
  return (target, _property, descriptor) => {
    if (descriptor !== undefined) descriptor.value = observed(descriptor.value)
    else if (typeof target === 'function') observeHandlers(target.prototype)
  }
}

function observeHandlers(prototype: object): void {
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const method: unknown = Reflect.get(prototype, name)
    if (typeof method !== 'function' || !Reflect.hasMetadata(PATH_METADATA, method)) continue
    // An inherited handler is overridden, never changed: it belongs to other controllers too.
    Object.defineProperty(prototype, name, {
      value: observed(method),
      writable: true,
      configurable: true,
      enumerable: false,
    })
  }
}

/** The same function, with the same metadata, that shows its arguments. */
function observed(method: unknown): unknown {
  if (typeof method !== 'function') return method
  const proxy = new Proxy(method, {
    apply(target, self, handlerArguments: unknown[]): unknown {
      observers.getStore()?.(handlerArguments)
      return Reflect.apply(target, self, handlerArguments)
    },
  })
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), proxy)
  }
  return proxy
}
