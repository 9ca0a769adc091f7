const EXIT_CODE_AFTER_SECOND_SIGNAL = 130

/** An `AbortSignal` that Ctrl-C or SIGTERM aborts. A second one ends this process at once, and its children with it. */
export function createStopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_CODE_AFTER_SECOND_SIGNAL)
      controller.abort(new Error(`stopped by ${signal}`))
    })
  }
  return controller.signal
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted')
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
}
