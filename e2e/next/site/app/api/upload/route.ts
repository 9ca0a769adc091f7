import { withArtifacts } from '@span-artifacts/next'
import { digestOf } from './digest-of'

/** Larger than what the tests send, so that all of it is stored. */
const MAX_BODY_BYTES = 150_000_000

export const POST = withArtifacts(async (request) => Response.json(await digestOf(request)), {
  maxBodyBytes: MAX_BODY_BYTES,
})
