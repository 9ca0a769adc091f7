import { shield } from '../diagnostics.js'
import type { Settings } from '../options.js'
import { type Method, overlay } from '../overlay.js'
import { isRecord, replaceMembers, textOf, type UnknownRecord } from '../record.js'
import type { Consent, WatchedSpan } from '../spans/watched-span.js'
import { holdMedia } from './hold-media.js'
import { closeCall, type OpenCall, openCall } from './open-calls.js'
import { createPlaceholders } from './placeholders.js'

/** Hooks after which a call has no other. */
const LAST_HOOKS: ReadonlySet<string> = new Set([
  'onEnd',
  'onAbort',
  'onError',
  'experimental_onStreamTranscriptionEnd',
  'experimental_onDecideEnd',
])

/** The hook that is running. Hooks that write spans do so before they return. */
let currentHook: { readonly call: OpenCall; readonly consent: Consent } | undefined

/** Tells a span what its call lets be recorded. For the tracer that the integration was given. */
export function joinCurrentHook(span: WatchedSpan): void {
  if (currentHook === undefined) return
  span.consent = currentHook.consent
  currentHook.call.rootSpan ??= span.span
}

/**
 * Wraps a telemetry integration of AI SDK 7, so that it sees placeholders in place of media. What its hooks return,
 * throw or promise goes back to the SDK as it is.
 *
 * @param settings what our own options say about recording
 */
export function decorateIntegration<Integration extends object>(
  integration: Integration,
  settings: Settings,
): Integration {
  const decorateHook =
    (name: string, hook: Method): Method =>
    (...values: unknown[]) => {
      const [event] = values
      const callId = isRecord(event) ? textOf(event['callId']) : undefined
      if (!isRecord(event) || callId === undefined) return Reflect.apply(hook, integration, values)
      const placeholders = createPlaceholders()
      const consent = consentOf(event, settings)
      const prepared = shield('preparing a telemetry event', () =>
        replaceMembers(holdMedia(event, placeholders), {
          recordInputs: consent.inputs,
          recordOutputs: consent.outputs,
        }),
      )
      const outerHook = currentHook
      currentHook = { call: openCall(callId), consent }
      const finish = (): void => {
        placeholders.release()
        if (LAST_HOOKS.has(name)) closeCall(callId)
      }
      let result: unknown
      try {
        result = Reflect.apply(hook, integration, [prepared ?? event])
        return result
      } finally {
        currentHook = outerHook
        if (result instanceof Promise) void result.then(finish, finish)
        else finish()
      }
    }
  return overlay(integration, {
    method: (name, original) => (isHook(name) ? decorateHook(name, original) : undefined),
  })
}

function consentOf(event: UnknownRecord, settings: Settings): { inputs: boolean; outputs: boolean } {
  return {
    inputs: event['recordInputs'] !== false && settings.recordInputs,
    outputs: event['recordOutputs'] !== false && settings.recordOutputs,
  }
}

function isHook(name: string): boolean {
  return /^(?:experimental_)?on[A-Z]/.test(name)
}
