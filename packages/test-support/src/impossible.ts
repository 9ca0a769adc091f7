/** Ends an exhaustive switch: the compiler refuses a call while a case is missing. */
export function impossible(value: never): never {
  throw new Error(`not a case: ${JSON.stringify(value)}`)
}
