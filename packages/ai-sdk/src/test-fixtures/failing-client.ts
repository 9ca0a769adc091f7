import type { ArtifactClient } from '@span-artifacts/core'

/** A client of which no member works. */
export function failingClient(client: ArtifactClient): ArtifactClient {
  return new Proxy(client, {
    get() {
      throw new Error('the secret of the client')
    },
  })
}
