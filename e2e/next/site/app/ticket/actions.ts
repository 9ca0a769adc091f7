'use server'

import { redirect } from 'next/navigation'
import { withArtifactsAction } from '@span-artifacts/next'

export const fileTicket = withArtifactsAction(async (form: FormData) => {
  const files = form.getAll('files').map((file) => (typeof file === 'string' ? file : `${file.name}:${file.size}`))
  redirect(`/ticket?received=${encodeURIComponent(files.join(','))}`)
})
