import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  await request.text()
  throw new Error('thrown by the handler')
})
