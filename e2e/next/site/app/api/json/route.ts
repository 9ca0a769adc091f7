import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  const order: unknown = await request.json()
  return Response.json({ order, basket: request.cookies.get('basket')?.value, path: request.nextUrl.pathname })
})
