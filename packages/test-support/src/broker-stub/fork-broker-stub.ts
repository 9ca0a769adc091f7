import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { BrokerStub, BrokerStubOptions, RecordedRequest, StoredArtifact } from './broker-stub.js'
import type { BrokerStubCall, BrokerStubMessage, BrokerStubMethod } from './broker-stub-call.js'

/**
 * Starts a broker stub in a child process, so that its work and its memory do not show in what is measured here. It ends
 * with `close()`, or with this process.
 *
 * @param options see `BrokerStubOptions`
 * @throws Error when the child cannot start
 */
export async function forkBrokerStub(options: BrokerStubOptions = {}): Promise<BrokerStub> {
  const child = fork(new URL('./broker-stub-process.js', import.meta.url), { serialization: 'advanced', execArgv: [] })
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let calls = 0

  const send = (call: BrokerStubCall): void => {
    child.send(call)
  }
  const fail = (message: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(message))
    waiting.clear()
  }
  const call = async <T>(method: BrokerStubMethod, ...values: unknown[]): Promise<T> => {
    calls += 1
    const id = calls
    const result = new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
    })
    send({ kind: 'call', id, method, arguments: values })
    return result
  }

  const started = new Promise<{ url: string; storageUrl: string }>((resolve, reject) => {
    child.on('message', (message: BrokerStubMessage<never>) => {
      switch (message.kind) {
        case 'started':
          resolve(message)
          break
        case 'failed':
          reject(new Error(message.message))
          fail(message.message)
          break
        case 'result':
          waiting.get(message.id)?.resolve(message.value)
          waiting.delete(message.id)
          break
      }
    })
    child.once('exit', (code, signal) => {
      const ended = `the broker stub's process ended with ${signal ?? code}`
      reject(new Error(ended))
      fail(ended)
    })
  })
  send({ kind: 'start', options })
  const { url, storageUrl } = await started

  return {
    url,
    storageUrl,
    processId: child.pid ?? 0,
    advertise: (origins) => call('advertise', origins),
    script: (step, replies) => call('script', step, replies),
    always: (step, reply) => call('always', step, reply),
    requests: () => call<RecordedRequest[]>('requests'),
    clearRequests: () => call('clearRequests'),
    stored: () => call<StoredArtifact[]>('stored'),
    body: (sha256) => call<Uint8Array | undefined>('body', sha256),
    expireUploads: () => call('expireUploads'),
    forget: () => call('forget'),
    close: async () => {
      const exited = once(child, 'exit')
      await call('close')
      await exited
    },
  }
}
