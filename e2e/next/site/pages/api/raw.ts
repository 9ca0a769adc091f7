import type { NextApiRequest, NextApiResponse } from 'next'
import { withArtifactsApi } from '@span-artifacts/next'

export const config = { api: { bodyParser: false } }

export default withArtifactsApi(async (request: NextApiRequest, response: NextApiResponse) => {
  let sizeBytes = 0
  for await (const chunk of request) sizeBytes += Buffer.byteLength(chunk)
  response.status(202).json({ sizeBytes })
})
