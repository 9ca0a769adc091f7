import { withArtifacts } from '@span-artifacts/next'

export const runtime = 'edge'

export const POST = withArtifacts(async (request) => {
  const order: unknown = await request.json()
  return Response.json({ order, runtime: Reflect.get(globalThis, 'EdgeRuntime') ?? 'none' })
})
