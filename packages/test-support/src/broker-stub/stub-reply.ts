/** The steps of the handshake that a reply can be scripted for; `put` is either upload address. */
export type HandshakeStep = 'register' | 'put' | 'finalize'

/** What the stub does with one request of a step. Plain data, so that it can be sent to a forked stub. */
export type StubReply =
  /** does the step as the protocol says */
  | { kind: 'serve' }
  /**
   * Answers this instead. The request's body is read first, unless `early`; the step is not done, unless `afterStep`
   * (the client's view of an answer that got lost in a gateway). Without `body` an error body of the protocol's shape.
   */
  | {
      kind: 'status'
      status: number
      headers?: Record<string, string>
      body?: string
      afterStep?: boolean
      early?: boolean
    }
  /** a success status whose body is not JSON */
  | { kind: 'invalidJson' }
  /** answers with a redirect, after reading the body */
  | { kind: 'redirect'; status: 301 | 302 | 303 | 307 | 308; location: string }
  /** waits, then does `reply` (default: serve) */
  | { kind: 'delay'; delayMs: number; reply?: StubReply }
  /** reads the request and never answers */
  | { kind: 'hang' }
  /** resets the connection as soon as the head of the request is there */
  | { kind: 'reset' }
  /** register only: serves, with these members of `upload` replaced */
  | { kind: 'uploadTarget'; method?: string; url?: string; requiresAuth?: boolean; headers?: Record<string, string> }

/** Scripted replies: queued ones first, then the standing one, then `serve`. */
export class ReplyScript {
  readonly #queued = new Map<HandshakeStep, StubReply[]>()
  readonly #standing = new Map<HandshakeStep, StubReply>()

  enqueue(step: HandshakeStep, replies: readonly StubReply[]): void {
    this.#queued.set(step, [...(this.#queued.get(step) ?? []), ...replies])
  }

  stand(step: HandshakeStep, reply: StubReply | undefined): void {
    if (reply) this.#standing.set(step, reply)
    else this.#standing.delete(step)
  }

  next(step: HandshakeStep): StubReply {
    return this.#queued.get(step)?.shift() ?? this.#standing.get(step) ?? { kind: 'serve' }
  }
}
