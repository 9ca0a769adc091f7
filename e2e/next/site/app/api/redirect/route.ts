import { redirect } from 'next/navigation'
import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  const { to }: { to: string } = await request.json()
  redirect(to)
})
