import type { ZodType } from 'zod'
import { Problem } from './problem.js'

const BAD_REQUEST = 400

/**
 * Checks what a client sent.
 *
 * @throws Problem 400 `invalid_input`, with a message for each field that is wrong
 */
export function validate<Value>(schema: ZodType<Value>, input: unknown): Value {
  const { success, data, error } = schema.safeParse(input)
  if (success) return data
  const fields: Record<string, string> = {}
  for (const issue of error.issues) fields[issue.path.join('.') || 'body'] ??= issue.message
  const names = Object.keys(fields).join(', ')
  throw new Problem(BAD_REQUEST, 'invalid_input', `These fields are missing or wrong: ${names}.`, fields)
}
