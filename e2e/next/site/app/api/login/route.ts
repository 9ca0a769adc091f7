import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  const { user }: { user: string } = await request.json()
  return Response.json({ user, accessToken: 'a-token-that-nobody-may-see' })
})
