import { type ApiError } from './api-error.js'

/** Headers of every answer that is not the bytes of an artifact: nobody caches, embeds or interprets them. */
export const answerHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** A JSON answer. */
export function jsonAnswer(
  body: unknown,
  options: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return Response.json(body, { status: options.status ?? 200, headers: { ...answerHeaders, ...options.headers } })
}

/** An answer made elsewhere, with the headers of ours. */
export function withAnswerHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(answerHeaders)) response.headers.set(name, value)
  return response
}

/** The answer that an error stands for. */
export function errorAnswer(error: ApiError): Response {
  return jsonAnswer(error.toBody(), { status: error.status, headers: { ...error.headers } })
}
