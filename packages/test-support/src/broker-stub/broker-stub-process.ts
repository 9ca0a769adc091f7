// The child process of `forkBrokerStub`: one stub, driven by messages, gone with its parent.
import type { BrokerStub } from './broker-stub.js'
import type { BrokerStubCall, BrokerStubMessage } from './broker-stub-call.js'
import { startBrokerStub } from './start-broker-stub.js'

let stub: BrokerStub | undefined

const send = (message: BrokerStubMessage): void => {
  process.send?.(message)
}

const handle = async (call: BrokerStubCall): Promise<void> => {
  if (call.kind === 'start') {
    stub = await startBrokerStub(call.options)
    send({ kind: 'started', url: stub.url, storageUrl: stub.storageUrl })
    return
  }
  if (!stub) throw new Error('the stub has not been started')
  const value: unknown = await Reflect.apply(stub[call.method], stub, call.arguments)
  send({ kind: 'result', id: call.id, value })
  if (call.method === 'close') process.disconnect()
}

process.on('message', (call: BrokerStubCall) => {
  handle(call).catch((error: unknown) => {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
})
process.once('disconnect', () => process.exit())
