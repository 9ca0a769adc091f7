import { setTimeout as delay } from 'node:timers/promises'
import { withArtifacts } from '@span-artifacts/next'

const LINES = 5
const DELAY_MS = 40

export const GET = withArtifacts(
  () =>
    new Response(lines(), { status: 203, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-kept': 'yes' } }),
)

export const dynamic = 'force-dynamic'

function lines(): ReadableStream<Uint8Array> {
  let line = 0
  return new ReadableStream({
    async pull(controller) {
      await delay(DELAY_MS)
      controller.enqueue(new TextEncoder().encode(`line ${(line += 1)} – äöü\n`))
      if (line === LINES) controller.close()
    },
  })
}
