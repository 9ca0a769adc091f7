import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ArtifactDestination } from './destination.js'
import { digestAtOnce } from './digest.js'
import { referenceOwnContent } from './own-content.js'
import { memoryClient, startClient } from './test-fixtures/clients.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const digest = (text: string): string => digestAtOnce([bytes(text)])

/** A destination that has every artifact wait until it is told. */
function heldDestination() {
  const { promise, resolve } = Promise.withResolvers<'stored'>()
  return { destination: { name: 'held', store: () => promise }, storeAll: () => resolve('stored') }
}

test('content that was given away is stored, under the digest that its reference says', async () => {
  const { client, destination } = memoryClient()
  const reference = referenceOwnContent([bytes('{"a":'), bytes('1}')], { client, contentType: 'application/json' })
  expect(reference).toEqual({ sha256: digest('{"a":1}'), size_bytes: 7, content_type: 'application/json' })
  expect(client.stats()).toMatchObject({ accepted: 1, queued: 1, queuedBytes: 7 })
  await client.forceFlush()
  expect(destination.artifacts.get(reference.sha256)?.bytes).toEqual(bytes('{"a":1}'))
  expect(client.stats()).toMatchObject({ accepted: 1, uploaded: 1, queued: 0, inflight: 0, queuedBytes: 0 })
})

test('the same content twice is stored once', async () => {
  const { client } = memoryClient()
  for (let time = 0; time < 3; time += 1) referenceOwnContent([bytes('twice')], { client })
  await client.forceFlush()
  referenceOwnContent([bytes('twice')], { client })
  await client.forceFlush()
  expect(client.stats()).toMatchObject({ accepted: 4, uploaded: 1, deduplicated: 3, queued: 0, queuedBytes: 0 })
})

test('a shutdown stores what was given away right before it, and nothing after it', async () => {
  const { client, destination } = memoryClient()
  const before = referenceOwnContent([bytes('before')], { client })
  await client.shutdown()
  expect(destination.artifacts.get(before.sha256)).toBeDefined()
  expect(referenceOwnContent([bytes('after')], { client }).dropped).toBe('already_shutdown')
  expect(client.stats()).toMatchObject({ accepted: 2, uploaded: 1, dropped: { already_shutdown: 1 } })
})

test.each([
  ['bytes', { maxQueueBytes: 10 }],
  ['artifacts', { maxQueueArtifacts: 2 }],
])('what memory has no room for, by %s, is dropped at once, and what it has is stored', async (_, limits) => {
  const { destination, storeAll } = heldDestination()
  const client = startClient({ destination, ...limits })
  const references = ['one', 'two', 'three'].map((text) => referenceOwnContent([bytes(text.padEnd(5))], { client }))
  expect(references.map(({ dropped }) => dropped)).toEqual([undefined, undefined, 'queue_full'])
  storeAll()
  await client.forceFlush()
  expect(client.stats()).toMatchObject({ accepted: 3, uploaded: 2, dropped: { queue_full: 1 }, queuedBytes: 0 })
})

test('small contents wait for more of them, but not too many, nor does what is large', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { client } = memoryClient()
  let contents = 0
  const giveAway = async (count: number, size = 5): Promise<number> => {
    for (let time = 0; time < count; time += 1) {
      contents += 1
      referenceOwnContent([bytes(String(contents).padEnd(size))], { client })
    }
    for (let turn = 0; turn < 100; turn += 1) await nextTurn()
    return client.stats().uploaded
  }
  expect(await giveAway(255)).toBe(0)
  expect(await giveAway(1, 16_385)).toBe(1)
  expect(await giveAway(1)).toBe(257)
  expect(await giveAway(1)).toBe(257)
  vi.runAllTimers()
  await expect.poll(() => client.stats().uploaded).toBe(258)
})

test('content over the limit of the client is dropped, and its memory given back', () => {
  const client = startClient({ destination: heldDestination().destination, maxArtifactBytes: 4 })
  let givenBack = 0
  const reference = referenceOwnContent([bytes('five!')], { client, onUnused: () => (givenBack += 1) })
  expect(reference).toMatchObject({ sha256: digest('five!'), dropped: 'too_large' })
  expect(givenBack).toBe(1)
})

test('memory counts as much as it takes, and is given back when the content is stored', async () => {
  const { destination, storeAll } = heldDestination()
  const client = startClient({ destination })
  let givenBack = 0
  const onUnused = (): void => {
    givenBack += 1
  }
  referenceOwnContent([bytes('in a block')], { client, memoryBytes: 32_768, onUnused })
  expect(client.stats().queuedBytes).toBe(32_768)
  expect(givenBack).toBe(0)
  storeAll()
  await client.forceFlush()
  expect(client.stats().queuedBytes).toBe(0)
  expect(givenBack).toBe(1)
})

test('memory that an attempt has begun to read is not given back when the destination has the content already', async () => {
  let givenBack = 0
  const destination: ArtifactDestination = {
    name: 'curious',
    store: async (artifact) => {
      for await (const _ of artifact.chunks()) break
      return 'exists'
    },
  }
  const client = startClient({ destination })
  referenceOwnContent([bytes('still read')], { client, onUnused: () => (givenBack += 1) })
  await client.forceFlush()
  expect(client.stats()).toMatchObject({ deduplicated: 1, queued: 0 })
  expect(givenBack).toBe(0)
})
