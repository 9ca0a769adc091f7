import { withArtifacts } from '@span-artifacts/next'
import { digestOf } from '../upload/digest-of'

const MAX_BODY_BYTES = 20_000_000

export const POST = withArtifacts(async (request) => Response.json(await digestOf(request)), {
  maxBodyBytes: MAX_BODY_BYTES,
})
