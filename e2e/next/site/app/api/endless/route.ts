import { setTimeout as delay } from 'node:timers/promises'
import { withArtifacts } from '@span-artifacts/next'

const DELAY_MS = 20

/** Ends only when the client goes away. */
export const GET = withArtifacts(() => {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await delay(DELAY_MS)
      controller.enqueue(new TextEncoder().encode('tick\n'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/plain' } })
})

export const dynamic = 'force-dynamic'
