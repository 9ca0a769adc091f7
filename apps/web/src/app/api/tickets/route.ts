import { withArtifacts } from '@span-artifacts/next'
import { askHelpDesk, currentTrace, type Refusal, type Ticket } from '../../../lib/help-desk'
import { TRACE_ID_HEADER } from '../../../lib/trace-id-header'

const BAD_REQUEST = 400
const BAD_GATEWAY = 502

/** What the page gets for a ticket. */
export type TicketAnswer =
  | { readonly ticket: Ticket; readonly traceUrl: string | undefined }
  | { readonly error: Refusal; readonly traceUrl: string | undefined }

/** Files a ticket. Form and files become part of the trace, here and in the service that this hands them to. */
export const POST = withArtifacts(async (request) => {
  const { traceId, traceUrl } = currentTrace()
  const answer = (status: number, value: Ticket | { error: Refusal }): Response => {
    const body: TicketAnswer = 'error' in value ? { ...value, traceUrl } : { ticket: value, traceUrl }
    return Response.json(body, { status, ...(traceId !== undefined && { headers: { [TRACE_ID_HEADER]: traceId } }) })
  }
  let form: FormData
  try {
    form = withoutEmptyFiles(await request.formData())
  } catch {
    return answer(BAD_REQUEST, { error: { code: 'malformed_form', message: 'The form could not be read.' } })
  }
  try {
    const response = await askHelpDesk('/tickets', { method: 'POST', body: form })
    return answer(response.status, await response.json())
  } catch (error) {
    console.error('front end: the help desk gave no answer:', error)
    return answer(BAD_GATEWAY, { error: { code: 'no_answer', message: 'Our help desk does not answer just now.' } })
  }
})

/** A browser sends a file without name and content for each input that was left empty. */
function withoutEmptyFiles(form: FormData): FormData {
  const filled = new FormData()
  for (const [name, value] of form) {
    if (typeof value === 'string') filled.append(name, value)
    else if (value.name !== '' || value.size > 0) filled.append(name, value)
  }
  return filled
}
