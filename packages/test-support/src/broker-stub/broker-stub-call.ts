import type { BrokerStub, BrokerStubOptions } from './broker-stub.js'

/** The stub's methods, by name: everything but its addresses. */
export type BrokerStubMethod = Exclude<keyof BrokerStub, 'url' | 'storageUrl' | 'processId'>

/** From the parent to a forked stub. */
export type BrokerStubCall =
  | { kind: 'start'; options: BrokerStubOptions }
  | { kind: 'call'; id: number; method: BrokerStubMethod; arguments: unknown[] }

/** From a forked stub to its parent, which takes a result to be of the type that its call waits for. */
export type BrokerStubMessage<Value = unknown> =
  | { kind: 'started'; url: string; storageUrl: string }
  | { kind: 'failed'; message: string }
  | { kind: 'result'; id: number; value: Value }
