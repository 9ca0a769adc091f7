import type { TicketAnswer } from '../app/api/tickets/route'

/** How far an upload is. */
export interface Upload {
  readonly sentBytes: number
  readonly totalBytes: number
}

/**
 * Sends the form, and tells how far it is. With `XMLHttpRequest`, because `fetch` tells nothing about what goes out.
 *
 * @returns the answer, also when there was none: then it says so
 */
export function fileTicket(form: FormData, onProgress: (upload: Upload) => void): Promise<TicketAnswer> {
  return new Promise((resolve) => {
    const fail = (message: string): void => resolve({ error: { code: 'no_answer', message }, traceUrl: undefined })
    const request = new XMLHttpRequest()
    request.open('POST', '/api/tickets')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      onProgress({ sentBytes: loaded, totalBytes: total }),
    )
    request.addEventListener('load', () => {
      if (isAnswer(request.response)) resolve(request.response)
      else fail(`The help desk answered with ${request.status}.`)
    })
    request.addEventListener('error', () => fail('The connection broke. Please send it again.'))
    request.send(form)
  })
}

function isAnswer(value: unknown): value is TicketAnswer {
  return typeof value === 'object' && value !== null && ('ticket' in value || 'error' in value)
}
