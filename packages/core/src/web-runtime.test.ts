import { startBrokerStub } from '@span-artifacts/test-support'
import { expect, onTestFinished, test, vi } from 'vitest'

// The whole client as an edge runtime loads it: hashes in JavaScript, no files, and bodies that are no streams.
vi.mock('#platform', () => import('./platform/web.js'))

test('a runtime that is not Node records and uploads with web standards only', async () => {
  const { Artifact, ArtifactClient } = await import('./index.js')
  const broker = await startBrokerStub({ uploads: 'objectStore', token: 'sa_v1_w_edge' })
  onTestFinished(() => broker.close())
  const client = new ArtifactClient({ endpoint: broker.url, token: 'sa_v1_w_edge' })
  onTestFinished(() => client.shutdown())

  const large = new Uint8Array(1_500_000).fill(7)
  const artifacts = [
    new Artifact('hello', { client }),
    new Artifact('', { client }),
    new Artifact(large, { client }),
    await Artifact.from(new Blob(['from a blob']), { client }),
    await Artifact.from(new Response('from a response'), { client }),
  ]
  await Promise.all(artifacts.map(({ uploaded }) => uploaded))
  const stored = await broker.stored()
  expect(stored.map(({ sizeBytes }) => sizeBytes).sort((a, b) => a - b)).toEqual([0, 5, 11, 15, 1_500_000])
  expect(new Set(stored.map(({ sha256 }) => sha256))).toEqual(new Set(artifacts.map(({ sha256 }) => sha256)))
  expect((await Artifact.fromFile('/etc/hostname', { client })).reference().dropped).toBe('unreadable')
})
