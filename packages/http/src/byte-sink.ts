/** Sees a body pass by. Neither method may throw. */
export interface ByteSink {
  /** @param bytes valid only during the call: the application owns the buffer and may change it afterwards */
  write(bytes: Uint8Array): void
  /** The producer said that the body is over. May be called more than once (HTTP/2 does). */
  end(): void
}
