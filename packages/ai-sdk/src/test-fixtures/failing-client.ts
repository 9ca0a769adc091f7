import type { ArtifactClient } from '@span-artifacts/core'

/** A client of which no member works. */
export function failingClient(client: ArtifactClient): ArtifactClient {
  return new Proxy(client, {
    get(_, member) {
      // What tells a client from other objects.
      return member === 'submit' ? fail : fail()
    },
  })
}

function fail(): never {
  throw new Error('the secret of the client')
}
