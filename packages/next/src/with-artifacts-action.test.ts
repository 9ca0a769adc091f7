import { SpanKind, trace, type Attributes } from '@opentelemetry/api'
import { ArtifactClient, memoryDestination } from '@span-artifacts/core'
import { capturedExchange, pseudoRandomBytes, sha256, startTracing } from '@span-artifacts/http-testing'
import { redirect } from 'next/navigation.js'
import { describe, expect, test } from 'vitest'
import { withArtifactsAction } from './index.js'

const tracing = startTracing({ instrumentHttp: false })
const client = new ArtifactClient({ destination: memoryDestination() })

/** Calls an action as Next does: in the SERVER span. */
async function act(call: () => Promise<unknown>): Promise<{ outcome: unknown; attributes: Attributes }> {
  const outcome = await trace.getTracer('next.js').startActiveSpan('POST', { kind: SpanKind.SERVER }, async (span) => {
    try {
      return await call()
    } catch (error) {
      return error
    } finally {
      span.end()
    }
  })
  return { outcome, attributes: await tracing.serverAttributes() }
}

async function save(_form: FormData): Promise<void> {}

describe('a wrapped server action', () => {
  test('has its files, its fields and its result on the SERVER span', async () => {
    const photo = pseudoRandomBytes(300_000, 3)
    const form = new FormData()
    form.append('$ACTION_ID_7f', '')
    form.append('subject', 'Lamp')
    form.append('files', new File([new Uint8Array(photo)], 'größe.png', { type: 'image/png' }))
    form.append('files', new File(['note'], 'note.txt', { type: 'text/plain' }))
    const save = withArtifactsAction(async (received: FormData) => ({ files: received.getAll('files').length }), {
      client,
    })
    const { outcome, attributes } = await act(() => save(form))
    expect(outcome).toEqual({ files: 2 })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('{"subject":"Lamp"}') },
      response: { sha256: sha256('{"files":2}') },
      files: [
        { sha256: sha256(photo), filename: 'größe.png', field: 'files', content_type: 'image/png' },
        { sha256: sha256('note'), filename: 'note.txt', field: 'files' },
      ],
    })
  })

  test('that is bound, or gets a state first, has all of its arguments', async () => {
    const rename = withArtifactsAction(async (id: number, name: string) => `${id}:${name}`, { client })
    const bound: (name: string) => Promise<string> = rename.bind(null, 7)
    const { outcome, attributes } = await act(() => bound('Lamp'))
    expect(outcome).toBe('7:Lamp')
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('[7,"Lamp"]') },
      response: { sha256: sha256('"7:Lamp"') },
    })
  })

  test('throws on what redirect() throws, and keeps its arguments', async () => {
    const go = withArtifactsAction(
      async (to: string) => {
        redirect(to)
      },
      { client },
    )
    const { outcome, attributes } = await act(() => go('/elsewhere'))
    expect(outcome).toMatchObject({ digest: expect.stringMatching(/^NEXT_REDIRECT;.*;\/elsewhere;/) })
    expect(capturedExchange(attributes)).toMatchObject({
      request: { sha256: sha256('"/elsewhere"') },
      response: undefined,
    })
  })

  test('looks like the action: what marks it as a reference of React marks both', () => {
    const wrapped = withArtifactsAction(save, { client })
    Object.defineProperties(wrapped, {
      $$typeof: { value: Symbol.for('react.server.reference') },
      $$id: { value: '7f' },
    })
    expect([wrapped.name, wrapped.length, Reflect.get(wrapped, '$$id')]).toEqual(['save', 1, '7f'])
  })

  test('is called as if nothing were there where no span records', async () => {
    const form = new FormData()
    const save = withArtifactsAction(async (received: FormData) => received === form, { client })
    expect(await save(form)).toBe(true)
  })
})
