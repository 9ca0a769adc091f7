import { withArtifacts } from '@span-artifacts/next'
import { askHelpDesk, currentTrace } from '../../../../../lib/help-desk'
import { TRACE_ID_HEADER } from '../../../../../lib/trace-id-header'

const HANDED_ON = ['content-type', 'content-disposition', 'x-content-type-options']

interface Context {
  readonly params: Promise<{ number: string; document: string[] }>
}

/** A document of a ticket, such as `receipt.pdf` or `attachments/photo`, handed on while it comes. */
export const GET = withArtifacts(async (_request, { params }: Context) => {
  const { number, document } = await params
  const path = ['tickets', number, ...document].map((part) => encodeURIComponent(part)).join('/')
  const { status, headers, body } = await askHelpDesk(`/${path}`)
  const { traceId } = currentTrace()
  const answer = new Response(body, { status })
  for (const name of HANDED_ON) {
    const value = headers.get(name)
    if (value !== null) answer.headers.set(name, value)
  }
  if (traceId !== undefined) answer.headers.set(TRACE_ID_HEADER, traceId)
  return answer
})
