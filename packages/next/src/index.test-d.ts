import type { NextApiHandler, NextApiRequest, NextApiResponse } from 'next'
import type { NextRequest } from 'next/server.js'
import { expectTypeOf, test } from 'vitest'
import { withArtifacts, withArtifactsAction, withArtifactsApi } from './index.js'

/** What the type check of `next build` wants each method of a `route.ts` to be. */
type Route<Params> = (
  request: NextRequest,
  context: { params: Promise<Params> },
) => Promise<Response | void> | Response | void

test('a wrapped route handler passes the type check of next build', () => {
  const plain = withArtifacts(() => new Response())
  expectTypeOf(plain).toExtend<Route<object>>()
  const withRequest = withArtifacts(async (request: NextRequest) => Response.json(request.nextUrl.pathname))
  expectTypeOf(withRequest).toExtend<Route<{ id: string }>>()
  const withWebRequest = withArtifacts(async (request: Request) => new Response(request.body))
  expectTypeOf(withWebRequest).toExtend<Route<{ id: string }>>()
  const withParams = withArtifacts(
    async (_request: NextRequest, { params }: { params: Promise<{ id: string; slug?: string[] }> }) =>
      new Response((await params).id),
  )
  expectTypeOf(withParams).toExtend<Route<{ id: string; slug?: string[] }>>()
  expectTypeOf(withParams).not.toExtend<Route<{ name: string }>>()
})

test('parameters without a type get one', () => {
  withArtifacts(async (request, context) => {
    expectTypeOf(request).toEqualTypeOf<NextRequest>()
    expectTypeOf((await context.params)['id']).toEqualTypeOf<string | string[] | undefined>()
    return new Response()
  })
})

test('the callbacks of its options get what a route handler has', () => {
  withArtifacts(() => new Response(), {
    ignore: (request) => {
      expectTypeOf(request).toEqualTypeOf<Request>()
      return false
    },
    shouldCapture: (_request, response) => {
      expectTypeOf(response).toEqualTypeOf<Response>()
      return true
    },
  })
})

test('what is no route handler is refused', () => {
  expectTypeOf(withArtifacts).toBeCallableWith(() => new Response())
  // @ts-expect-error A route handler answers with a Response.
  withArtifacts(() => 'text')
})

test('a wrapped action has the parameters and the result of the action', () => {
  const save = withArtifactsAction(async (id: number, form: FormData) => ({ id, fields: [...form.keys()] }))
  expectTypeOf(save).toEqualTypeOf<(id: number, form: FormData) => Promise<{ id: number; fields: string[] }>>()
  expectTypeOf(withArtifactsAction(async (_form: FormData) => {})).toExtend<(form: FormData) => Promise<void>>()
  // @ts-expect-error An action is asynchronous.
  withArtifactsAction(() => 'text')
  // @ts-expect-error There is no request that it could be asked about.
  withArtifactsAction(async () => {}, { ignore: () => true })
})

test('a wrapped route of the Pages API is one', () => {
  expectTypeOf(withArtifactsApi((_request, response) => void response.status(200).end())).toExtend<NextApiHandler>()
  expectTypeOf(
    withArtifactsApi(async (request: NextApiRequest, response: NextApiResponse<{ ok: boolean }>) => {
      response.json({ ok: request.method === 'POST' })
    }),
  ).toExtend<NextApiHandler<{ ok: boolean }>>()
})
