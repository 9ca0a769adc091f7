import { withArtifacts } from '@span-artifacts/next'

export const POST = withArtifacts(async (request) => {
  const form = await request.formData()
  const fields = [...form].map(([name, value]) =>
    typeof value === 'string' ? [name, value] : [name, value.name, value.type, value.size],
  )
  return Response.json({ fields, basket: request.cookies.get('basket')?.value, query: request.nextUrl.search })
})
