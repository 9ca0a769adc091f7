import { withArtifacts } from '@span-artifacts/next'

/** Answers without a look at what it was sent. */
export const POST = withArtifacts(() => Response.json({ read: false }))
