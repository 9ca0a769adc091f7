import type { NextApiRequest, NextApiResponse } from 'next'
import { withArtifactsApi } from '@span-artifacts/next'

export default withArtifactsApi((request: NextApiRequest, response: NextApiResponse) => {
  response.status(201).json({ parsed: request.body })
})
