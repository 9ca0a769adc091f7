/** Looks at what passes through a stream. Must not throw. */
export interface StreamObserver {
  readonly chunk: (value: unknown) => void
  /** The stream closed, failed with an error, or was given up by its reader. Called once. */
  readonly ended: (how: 'closed' | 'failed' | 'cancelled', reason?: unknown) => void
}

/**
 * Hands a stream on, unchanged: the same chunks, errors and cancellation, and nothing read before it is asked for. A
 * `TransformStream` would fetch a chunk ahead, and `tee()` would drain the source.
 */
export function observeStream<Chunk>(stream: ReadableStream<Chunk>, observer: StreamObserver): ReadableStream<Chunk> {
  const reader = stream.getReader()
  let hasEnded = false
  const end: StreamObserver['ended'] = (how, reason) => {
    if (!hasEnded) observer.ended(how, reason)
    hasEnded = true
  }
  return new ReadableStream<Chunk>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) {
            end('closed')
            controller.close()
          } else {
            observer.chunk(value)
            controller.enqueue(value)
          }
        } catch (error) {
          end('failed', error)
          controller.error(error)
        }
      },
      cancel(reason) {
        end('cancelled', reason)
        return reader.cancel(reason)
      },
    },
    // Without a queue of its own each pull is one read.
    { highWaterMark: 0 },
  )
}
