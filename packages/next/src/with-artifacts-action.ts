import { createCallCapture, type CallCaptureOptions, type RunningCall } from '@span-artifacts/http/web'
import { flushAfterResponse } from './flush-after-response.js'
import { orAfter } from './or-after.js'

/** How long an action that is done may wait for the digests of its files, in milliseconds. */
const FILES_TIMEOUT_MS = 1000

/** A server action. A method, so that actions may have any parameters. */
type ServerActionMethod = { act(...parameters: unknown[]): Promise<unknown> }

/** A server action: an asynchronous function of a file or function marked `'use server'`. */
export type ServerAction = ServerActionMethod['act']

/**
 * Records what a server action is called with, and its result, as artifacts of the request's SERVER span: files of forms one
 * by one, everything else as JSON.
 *
 * ```ts
 * 'use server'
 * export const save = withArtifactsAction(async (form: FormData) => { … })
 * ```
 *
 * What the action throws, `redirect()` and `notFound()` among it, is thrown on. Where a request leads to several such calls, one
 * inside of another or while a page is rendered, the first one is recorded.
 *
 * @throws ArtifactConfigurationError at once, naming the option that is unknown or has a wrong value
 */
export function withArtifactsAction<Action extends ServerAction>(
  action: Action,
  options: CallCaptureOptions = {},
): Action {
  const capture = createCallCapture(options, { isOwnField: (name) => name.startsWith('$ACTION_') })
  return new Proxy(action, {
    apply(target, self, parameters: unknown[]): unknown {
      const call = capture(parameters)
      if (call === undefined) return Reflect.apply(target, self, parameters)
      return settle(() => Reflect.apply(target, self, parameters), call, options)
    },
  })
}

async function settle(act: () => unknown, call: RunningCall, { client }: CallCaptureOptions): Promise<unknown> {
  let result: unknown
  try {
    result = await act()
    return result
  } finally {
    // The span ends soon after the action: a reference needs the digest by then.
    await orAfter(call.filesRead, FILES_TIMEOUT_MS)
    call.finish(result)
    flushAfterResponse(Promise.resolve(), client)
  }
}
