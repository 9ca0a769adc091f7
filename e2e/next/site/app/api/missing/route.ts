import { notFound } from 'next/navigation'
import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  await request.text()
  notFound()
})
