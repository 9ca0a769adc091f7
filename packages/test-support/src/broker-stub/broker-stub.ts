import type { HandshakeStep, StubReply } from './stub-reply.js'

/** One request as it arrived, whatever was answered. */
export interface RecordedRequest {
  /** order of arrival, counted from 1 */
  number: number
  /** when its head had arrived, in ms since the epoch, with fractions; comparable across processes */
  atMs: number
  /** the broker's own address, or the object store's */
  origin: 'broker' | 'storage'
  /** the step of the handshake, or `other` */
  step: HandshakeStep | 'other'
  method: string
  /** path and query as on the wire */
  path: string
  /** the artifact that it is about, where the request says so */
  sha256: string | undefined
  /** lower-case names; the values as sent, the token too */
  headers: Readonly<Record<string, string>>
  hasAuthorization: boolean
  /** bytes of the body that were read */
  bodyBytes: number
  /** the status answered; undefined while it runs, and when none was answered (hang, reset, client gone) */
  status: number | undefined
  /** when the answer was handed to the system, in ms since the epoch; undefined as long as there is none */
  answeredAtMs: number | undefined
  /** the scripted reply that it got, `serve` when none was scripted */
  reply: StubReply['kind']
}

/** An artifact that was finalized: the stub checked its length and its sha256. */
export interface StoredArtifact {
  sha256: string
  sizeBytes: number
  contentType: string
  filename: string | null
}

/** How a stub is set up. */
export interface BrokerStubOptions {
  /**
   * `own` (default): bytes go to the broker's blob endpoint, with the token, 204. `objectStore`: they go to a signed URL on
   * another origin, without it, 200.
   */
  uploads?: 'own' | 'objectStore'
  /** the write token that is asked for; by default any request is let in */
  token?: string
  /** default true; false keeps digests only, for runs that upload more than memory holds */
  keepBodies?: boolean
  /** default 0, any free one */
  port?: number
}

/**
 * A broker that speaks the wire protocol truly (every check included) until it is told to misbehave. The same interface
 * drives one in this process and one in a child process.
 */
export interface BrokerStub {
  /** `http://127.0.0.1:PORT`, the client's endpoint */
  readonly url: string
  /** the object store's origin; it listens whatever `uploads` says */
  readonly storageUrl: string
  /** the process that it runs in */
  readonly processId: number
  /** the origins that upload URLs name from now on, such as those of fault proxies in front of the stub */
  advertise(origins: { broker?: string; storage?: string }): Promise<void>
  /** queues replies for the next requests of a step, one each */
  script(step: HandshakeStep, replies: readonly StubReply[]): Promise<void>
  /** the reply to every request of a step once its queue is empty; undefined serves again */
  always(step: HandshakeStep, reply: StubReply | undefined): Promise<void>
  /** every request until now, oldest first */
  requests(): Promise<RecordedRequest[]>
  /** forgets the recorded requests, not what is stored */
  clearRequests(): Promise<void>
  /** what is stored and ready, in the order of its first finalize */
  stored(): Promise<StoredArtifact[]>
  /** the bytes of a stored artifact; undefined when it is not stored, or bodies are not kept */
  body(sha256: string): Promise<Uint8Array | undefined>
  /** from now on every signed URL given out so far answers 403, as an expired one does */
  expireUploads(): Promise<void>
  /** forgets registrations and stored artifacts */
  forget(): Promise<void>
  /** closes both ports and every connection */
  close(): Promise<void>
}
