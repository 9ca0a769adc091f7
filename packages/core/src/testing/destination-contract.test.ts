import { startBrokerStub } from '@span-artifacts/test-support'
import { describe, expect, onTestFinished, test } from 'vitest'
import { brokerDestination } from '../destinations/broker.js'
import { memoryDestination } from '../destinations/memory.js'
import { type DestinationUnderTest, destinationContract } from './destination-contract.js'

function memory(): DestinationUnderTest {
  const destination = memoryDestination()
  return { destination, read: async (sha256) => destination.artifacts.get(sha256)?.bytes }
}

async function broker(uploads: 'own' | 'objectStore'): Promise<DestinationUnderTest> {
  const stub = await startBrokerStub({ uploads })
  onTestFinished(() => stub.close())
  return { destination: brokerDestination({ endpoint: stub.url }), read: (sha256) => stub.body(sha256) }
}

describe.each<[string, () => DestinationUnderTest | Promise<DestinationUnderTest>]>([
  ['memory', memory],
  ['a broker with its own blobs', () => broker('own')],
  ['a broker with an object store', () => broker('objectStore')],
])('%s', (_, open) => {
  test.each(destinationContract(open))('$name', async (contractCase) => {
    await expect(contractCase.run()).resolves.toBeUndefined()
  })
})
