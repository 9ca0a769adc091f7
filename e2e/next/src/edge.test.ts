import { describe, expect, test } from 'vitest'
import { NEXT_VERSIONS, startSite, type RunningSite } from './running-site.js'
import { readBlob, readSpans, REQUEST_BODY, type StoredArtifact } from './stored-trace.js'

const ORDER = { lamp: 'LW-40', note: 'größer ✓' }

const order = ({ url }: RunningSite): Promise<Response> =>
  fetch(`${url}/api/edge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  })

/** Everything that any trace refers to: the Edge runtime takes part in no trace of others. */
async function readArtifacts(site: RunningSite): Promise<StoredArtifact[]> {
  const response = await fetch(`${site.serverUrl}/v1/traces?limit=100`)
  const { traces }: { traces: { trace_id: string; artifact_count: number }[] } = JSON.parse(await response.text())
  const withArtifacts = traces.filter(({ artifact_count: count }) => count > 0)
  const spans = await Promise.all(withArtifacts.map(({ trace_id: traceId }) => readSpans(site, traceId)))
  return spans.flat().flatMap(({ artifacts }) => artifacts)
}

describe.each(NEXT_VERSIONS)('a wrapped route on the Edge runtime of %s', (next) => {
  test('answers as if it were not wrapped', async () => {
    await using site = await startSite({ next })
    for (let request = 0; request < 3; request += 1) {
      const response = await order(site)
      expect([response.status, await response.json()]).toEqual([200, { order: ORDER, runtime: 'edge-runtime' }])
    }
    expect(site.output()).not.toMatch(/error|artifact/i)
  })
})

test('a route on the Edge runtime that is traced stores what it was sent', async () => {
  await using site = await startSite({ next: 'next-16', tracing: 'vercel' })
  expect((await order(site)).status).toBe(200)
  await expect
    .poll(() => readArtifacts(site), { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ key: REQUEST_BODY, state: 'ready' }))
  const body = (await readArtifacts(site)).find(({ key }) => key === REQUEST_BODY)!
  expect(JSON.parse((await readBlob(site, body)).toString())).toEqual(ORDER)
})
