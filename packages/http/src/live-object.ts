import { EventEmitter } from 'node:events'

/** A request, a response, a stream, a socket by its class: what is in them is no value, and looking may change it. */
export function describeLiveObject(value: object): string | undefined {
  return value instanceof EventEmitter || value instanceof ReadableStream ? className(value) : undefined
}

/** What stands for an object that is not to be looked into: `[ClassName]`. */
export function className(value: object): string {
  return `[${value.constructor?.name ?? 'object'}]`
}
