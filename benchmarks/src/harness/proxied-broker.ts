import {
  type BrokerStub,
  type Fault,
  type FaultProxy,
  forkBrokerStub,
  startFaultProxy,
} from '@span-artifacts/test-support'

/** A broker that is reached through a fault proxy only: its uploads go through it too. */
export interface ProxiedBroker {
  readonly broker: BrokerStub
  readonly proxy: FaultProxy
  close(): Promise<void>
}

/** @param fault what the proxy does at first */
export async function startProxiedBroker(fault: Fault): Promise<ProxiedBroker> {
  const broker = await forkBrokerStub()
  const proxy = await startFaultProxy({ target: broker.url, fault })
  await broker.advertise({ broker: proxy.url })
  return {
    broker,
    proxy,
    close: async () => {
      await proxy.close()
      await broker.close()
    },
  }
}
