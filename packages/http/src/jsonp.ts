/** What comes before the JSON is not longer, in characters: names of functions are short. */
const MAX_CALL_LENGTH = 1024
/** `/**\/ typeof callback === 'function' && callback({`, as Express writes it, and shorter forms of it. */
const CALL = /^[\s;]*(?:\/\*\*\/\s*)?(?:typeof [\w$.[\]]+ === 'function' && )?[\w$.[\]]+\(\s*(?=[[{])/
const SCRIPT_TYPE = /^(?:text|application)\/(?:x-)?javascript$/

/** A script that does nothing but hand JSON to a function. */
export interface JsonpCall {
  readonly before: string
  readonly json: string
  readonly after: string
}

/** Whether bodies of a media type may be JSONP. */
export function isScriptType(mediaType: string): boolean {
  return SCRIPT_TYPE.test(mediaType)
}

/** Whether a script begins as JSONP does. */
export function looksLikeJsonp(firstBytes: Uint8Array): boolean {
  return CALL.test(Buffer.from(firstBytes.subarray(0, MAX_CALL_LENGTH)).toString('latin1'))
}

/** Takes JSONP apart; `undefined` for any other script. Where it was cut off, its JSON has no end. */
export function splitJsonp(script: string): JsonpCall | undefined {
  const before = CALL.exec(script.slice(0, MAX_CALL_LENGTH))?.[0]
  if (before === undefined) return undefined
  const end = script.lastIndexOf(')')
  const json = script.slice(before.length, end === -1 ? undefined : end)
  return { before, json, after: script.slice(before.length + json.length) }
}
