import { AsyncLocalStorage } from 'node:async_hooks'
import type { ModulesContainer, Reflector } from '@nestjs/core'
import { applicationHandlers, controllerHandlers } from './controller-handlers.js'
import type { HandlerMethod } from './handler-method.js'
import { findHandlerOptions } from './handler-options.js'

/** Takes the arguments of a handler's call. Must not throw. */
export type ArgumentsObserver = (handlerArguments: readonly unknown[]) => void

/** Who waits for the call of which handler. */
interface AwaitedCall {
  readonly method: HandlerMethod
  readonly see: ArgumentsObserver
}

const awaitedSlot: unique symbol = Symbol.for('span-artifacts.nestjs.awaited-calls')
const slot: typeof globalThis & { [awaitedSlot]?: AsyncLocalStorage<AwaitedCall> } = globalThis

/**
 * Leads from the call of a handler back to the exchange: the arguments need not tell which request they belong to. One for
 * all copies of this package: the decorator of one meets the interceptor of another.
 */
const awaitedCalls = (slot[awaitedSlot] ??= new AsyncLocalStorage())

const observedMethods = new WeakSet<object>()

/** Whether the calls of a method are seen. */
export function isObserved(method: object): boolean {
  return observedMethods.has(method)
}

/**
 * Runs something that will call a handler.
 *
 * @param method is what it will call: a handler may call others, and what it overrides
 * @param observer sees the arguments of the first call, if the handler is observed
 */
export function observingArguments<Result>(
  method: HandlerMethod,
  observer: ArgumentsObserver,
  action: () => Result,
): Result {
  let seen = false
  const see: ArgumentsObserver = (handlerArguments) => {
    if (seen) return
    seen = true
    observer(handlerArguments)
  }
  return awaitedCalls.run({ method, see }, action)
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
  return (target, property, descriptor) => {
    if (descriptor !== undefined)
      descriptor.value = observed(descriptor.value, { name: String(property), owner: target })
    else if (typeof target === 'function') for (const { name } of controllerHandlers(target)) observe(target, name)
  }
}

/**
 * Does the same for all handlers of an application that want it: what is said on a class holds for the classes that extend
 * it, of which the decorator knows nothing. To be called before Nest binds handlers to their routes.
 */
export function observeApplication(modules: ModulesContainer, reflector: Reflector): void {
  for (const { controller, name, handler } of applicationHandlers(modules)) {
    const wanted = findHandlerOptions(reflector, handler, controller)?.arguments === true
    if (wanted && !isObserved(handler)) observe(controller, name)
  }
}

/** An inherited handler is overridden, never changed: it belongs to other controllers too. */
function observe({ prototype }: { readonly prototype: object }, name: string): void {
  Object.defineProperty(prototype, name, {
    value: observed(Reflect.get(prototype, name), { name, owner: prototype }),
    writable: true,
    configurable: true,
    enumerable: false,
  })
}

/** The same function, with the same metadata, that shows its arguments. */
function observed(method: unknown, { name, owner }: HandlerMethod): unknown {
  if (typeof method !== 'function') return method
  const proxy = new Proxy(method, {
    apply(target, self, handlerArguments: unknown[]): unknown {
      const awaited = awaitedCalls.getStore()
      if (awaited?.method.name === name && awaited.method.owner === owner) awaited.see(handlerArguments)
      return Reflect.apply(target, self, handlerArguments)
    },
  })
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), proxy)
  }
  observedMethods.add(proxy)
  return proxy
}
