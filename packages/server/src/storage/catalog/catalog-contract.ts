import { describe, expect, test } from 'vitest'
import { sha256Of } from '../../testing/test-server.js'
import type { RegistrationRequest } from './artifacts.js'
import type { Catalog } from './catalog.js'
import { InvalidCursorError } from './page.js'
import type { SpanRecord, TraceStart } from './traces.js'

/**
 * What every catalog has to do, as tests.
 *
 * @param name of the implementation
 * @param create makes an empty catalog; what it needs beneath is cleaned up when the test is over
 */
export function describeCatalog(name: string, create: () => Promise<Catalog>): void {
  const withProject = async (): Promise<{ catalog: Catalog; projectId: string }> => {
    const catalog = await create()
    const { id: projectId } = await catalog.projects.ensure('alpha', 1)
    return { catalog, projectId }
  }

  describe(`${name} as a catalog`, () => {
    test('a project is created once, also when it is asked for twice at once', async () => {
      const catalog = await create()
      const [first, second] = await Promise.all([catalog.projects.ensure('x', 1), catalog.projects.ensure('x', 2)])
      expect(first).toEqual(second)
      expect(first.id).toMatch(/^[0-9a-z]+$/)
      expect(await catalog.projects.find('x')).toEqual(first)
      expect(await catalog.projects.find('y')).toBeUndefined()
      expect(await catalog.projects.list()).toEqual([first])
    })

    test('tokens are found by id, and a revoked one is still known', async () => {
      const { catalog, projectId } = await withProject()
      expect(await catalog.tokens.any()).toBe(false)
      const token = {
        id: 't1',
        projectId,
        scope: 'read',
        digest: sha256Of('t'),
        createdAt: 5,
        revokedAt: null,
      } as const
      await catalog.tokens.add(token)
      expect(await catalog.tokens.find('t1')).toEqual(token)
      expect(await catalog.tokens.find('t2')).toBeUndefined()
      expect(await catalog.tokens.revoke('t1', 9)).toBe(true)
      expect(await catalog.tokens.revoke('t1', 10)).toBe(false)
      expect(await catalog.tokens.list()).toEqual([{ ...token, revokedAt: 9 }])
      expect(await catalog.tokens.any()).toBe(true)
    })

    test('sessions are found until they are removed', async () => {
      const { catalog, projectId } = await withProject()
      const session = { digest: sha256Of('s'), tokenId: 't1', projectId, expiresAt: 50 }
      await catalog.sessions.add(session)
      await catalog.sessions.add({ ...session, digest: sha256Of('other'), expiresAt: 60 })
      expect(await catalog.sessions.find(session.digest)).toEqual(session)
      await catalog.sessions.removeExpired(50)
      expect(await catalog.sessions.find(session.digest)).toBeUndefined()
      await catalog.sessions.remove(sha256Of('other'))
      expect(await catalog.sessions.find(sha256Of('other'))).toBeUndefined()
    })

    test('an artifact goes from pending to ready and stays', async () => {
      const { catalog, projectId } = await withProject()
      const request = registration(projectId, 'content', { filename: 'ä.txt', sizeBytes: 2 ** 53 - 1 })
      expect(await catalog.artifacts.register(request)).toBe('pending')
      expect(await catalog.artifacts.find(projectId, request.sha256)).toEqual({
        projectId,
        sha256: request.sha256,
        sizeBytes: 2 ** 53 - 1,
        contentType: 'text/plain',
        filename: 'ä.txt',
        status: 'pending',
        createdAt: 1000,
        expiresAt: 2000,
      })
      expect(await catalog.artifacts.register({ ...request, contentType: 'text/html', expiresAt: 9000 })).toBe(
        'pending',
      )
      expect(await catalog.artifacts.markReady(projectId, request.sha256)).toMatchObject({
        status: 'ready',
        contentType: 'text/html',
        expiresAt: 9000,
        createdAt: 1000,
      })
      expect(await catalog.artifacts.register({ ...request, contentType: 'image/png' })).toBe('ready')
      expect(await catalog.artifacts.register({ ...request, sizeBytes: 1 })).toBe('size_mismatch')
      expect(await catalog.artifacts.markReady(projectId, request.sha256)).toMatchObject({
        status: 'ready',
        contentType: 'text/html',
      })
      expect(await catalog.artifacts.markReady(projectId, sha256Of('unknown'))).toBeUndefined()
    })

    test('an expired registration may be replaced, with another size too', async () => {
      const { catalog, projectId } = await withProject()
      const request = registration(projectId, 'content')
      await catalog.artifacts.register(request)
      expect(await catalog.artifacts.register({ ...request, sizeBytes: 8 })).toBe('size_mismatch')
      expect(await catalog.artifacts.register({ ...request, sizeBytes: 8, now: 2000, expiresAt: 4000 })).toBe('pending')
    })

    test('the quota counts what is ready and pending, not what expired or was deleted', async () => {
      const { catalog, projectId } = await withProject()
      const { id: otherId } = await catalog.projects.ensure('beta', 1)
      const register = (project: string, content: string, changes: object = {}): Promise<string> =>
        catalog.artifacts.register(registration(project, content, { quotaBytes: 10, ...changes }))
      expect(await register(projectId, '1234')).toBe('pending')
      expect(await register(projectId, 'abcd')).toBe('pending')
      expect(await register(projectId, 'xyz')).toBe('quota_exceeded')
      expect(await register(otherId, '0123456789')).toBe('pending')
      await catalog.artifacts.markReady(projectId, sha256Of('1234'))
      // The second one has expired by now.
      expect(await register(projectId, 'xyz', { now: 2000, expiresAt: 4000 })).toBe('pending')
      expect(await register(projectId, 'abcd', { now: 2000, expiresAt: 4000 })).toBe('quota_exceeded')
      await catalog.artifacts.delete(projectId, sha256Of('1234'), { collectAt: 1, removeBytes: removeNothing })
      expect(await register(projectId, 'abcd', { now: 2000, expiresAt: 4000 })).toBe('pending')
    })

    test('an artifact counts once, however often it is finished, and again after it was deleted and brought back', async () => {
      const { catalog, projectId } = await withProject()
      const register = (content: string): Promise<string> =>
        catalog.artifacts.register(registration(projectId, content, { quotaBytes: 10 }))
      const deletion = { collectAt: 1, removeBytes: removeNothing }
      for (let round = 0; round < 3; round += 1) {
        expect(await register('123456')).toBe('pending')
        await catalog.artifacts.markReady(projectId, sha256Of('123456'))
        await catalog.artifacts.markReady(projectId, sha256Of('123456'))
        expect(await register('abcde')).toBe('quota_exceeded')
        expect(await register('abcd')).toBe('pending')
        await catalog.artifacts.delete(projectId, sha256Of('abcd'), deletion)
        await catalog.artifacts.delete(projectId, sha256Of('123456'), deletion)
        await catalog.artifacts.delete(projectId, sha256Of('123456'), deletion)
      }
      await expect(
        catalog.artifacts.delete(projectId, sha256Of('unknown'), { collectAt: 1, removeBytes: failToRemove }),
      ).resolves.toBe(false)
    })

    test('registrations at once never reserve more than the quota', async () => {
      const { catalog, projectId } = await withProject()
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          catalog.artifacts.register(registration(projectId, `content ${index}`, { sizeBytes: 10, quotaBytes: 95 })),
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'pending')).toHaveLength(9)
    })

    test('a deletion whose bytes cannot be removed does not happen', async () => {
      const { catalog, projectId } = await withProject()
      await catalog.artifacts.register(registration(projectId, 'x'))
      await catalog.artifacts.markReady(projectId, sha256Of('x'))
      const deletion = catalog.artifacts.delete(projectId, sha256Of('x'), { collectAt: 1, removeBytes: failToRemove })
      await expect(deletion).rejects.toThrow('read-only')
      expect((await catalog.artifacts.find(projectId, sha256Of('x')))?.status).toBe('ready')
    })

    test('what is due is collected once: deleted artifacts stay known, unfinished ones are forgotten', async () => {
      const { catalog, projectId } = await withProject()
      for (const content of ['ready', 'deleted', 'unfinished', 'renewed']) {
        await catalog.artifacts.register(registration(projectId, content))
      }
      await catalog.artifacts.markReady(projectId, sha256Of('ready'))
      await catalog.artifacts.delete(projectId, sha256Of('deleted'), { collectAt: 2500, removeBytes: removeNothing })
      expect(await catalog.artifacts.collectible(2499, 10)).toEqual([])
      const due = await catalog.artifacts.collectible(3000, 10)
      expect(due.map((artifact) => artifact.sha256).toSorted()).toEqual(
        ['deleted', 'unfinished', 'renewed'].map((content) => sha256Of(content)).toSorted(),
      )
      expect(await catalog.artifacts.collectible(3000, 2)).toHaveLength(2)
      await catalog.artifacts.register(
        registration(projectId, 'renewed', { now: 2900, expiresAt: 9000, collectAt: 9900 }),
      )

      const removed: string[] = []
      for (const artifact of due) {
        const removeBytes = async (): Promise<void> => {
          removed.push(artifact.sha256)
        }
        const wasDue = await catalog.artifacts.collect(artifact, 3000, removeBytes)
        expect([artifact.sha256, wasDue]).toEqual([artifact.sha256, artifact.sha256 !== sha256Of('renewed')])
      }
      expect(removed.toSorted()).toEqual([sha256Of('deleted'), sha256Of('unfinished')].toSorted())
      expect(await catalog.artifacts.collectible(3000, 10)).toEqual([])
      const status = async (content: string): Promise<string | undefined> =>
        (await catalog.artifacts.find(projectId, sha256Of(content)))?.status
      expect(await status('ready')).toBe('ready')
      expect(await status('deleted')).toBe('deleted')
      expect(await status('renewed')).toBe('pending')
      expect(await status('unfinished')).toBeUndefined()
    })

    test('a collection whose bytes cannot be removed stays due', async () => {
      const { catalog, projectId } = await withProject()
      await catalog.artifacts.register(registration(projectId, 'x'))
      for (const due of await catalog.artifacts.collectible(3000, 1)) {
        await expect(catalog.artifacts.collect(due, 3000, failToRemove)).rejects.toThrow('read-only')
      }
      expect(await catalog.artifacts.collectible(3000, 1)).toHaveLength(1)
    })

    test('a span is stored as it is and replaced by its next version', async () => {
      const { catalog, projectId } = await withProject()
      const complete = span({
        parentSpanId: 'c'.repeat(16),
        kind: 'CLIENT',
        status: { code: 'ERROR', message: 'no' },
        startTimeUnixNano: '0',
        endTimeUnixNano: '18446744073709551615',
        attributes: { text: '{"looks": "like JSON"}', list: [1, null, true], nested: { a: { b: 'ü' } } },
        events: [{ name: 'e', timeUnixNano: '7', attributes: { x: 1 } }],
        links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), attributes: {} }],
        scope: { name: 'scope', version: '1' },
        resource: { 'service.name': 'shop' },
      })
      await catalog.traces.addSpans(projectId, [span(), complete])
      expect(await catalog.traces.spans(projectId, complete.traceId, everything)).toEqual({
        spans: [complete],
        isTruncated: false,
      })
      await catalog.traces.addSpans(projectId, [])
      expect((await catalog.traces.spans(projectId, 'f'.repeat(32), everything)).spans).toEqual([])
      expect((await catalog.traces.list(projectId, { limit: 5 })).items).toEqual([
        {
          traceId: complete.traceId,
          rootName: 'work',
          serviceName: 'shop',
          startTimeUnixNano: '0',
          endTimeUnixNano: '18446744073709551615',
          spanCount: 1,
          errorCount: 1,
          artifactCount: 0,
          previews: [],
        },
      ])
    })

    test('many spans and links go in at once', async () => {
      const { catalog, projectId } = await withProject()
      const reference = { sha256: sha256Of('x'), size_bytes: 1, content_type: 'text/plain' }
      const spans = Array.from({ length: 3000 }, (_, index) =>
        span({ spanId: (index + 1).toString(16).padStart(16, '0'), artifacts: [{ key: 'file', reference }] }),
      )
      await Promise.all([
        catalog.traces.addSpans(projectId, spans),
        catalog.traces.addSpans(projectId, spans.slice(0, 1000)),
      ])
      const { spans: stored } = await catalog.traces.spans(projectId, 'a'.repeat(32), everything)
      expect(stored).toHaveLength(3000)
      expect(stored.every((item) => item.artifacts.length === 1)).toBe(true)
      expect((await catalog.traces.list(projectId, { limit: 1 })).items[0]).toMatchObject({
        spanCount: 3000,
        artifactCount: 1,
      })
      expect(await catalog.traces.uses(projectId, sha256Of('x'), 10)).toHaveLength(10)
    })

    test('of a trace the first spans are read, up to a count and up to a size', async () => {
      const { catalog, projectId } = await withProject()
      const reference = { sha256: sha256Of('x'), size_bytes: 1, content_type: 'text/plain' }
      const spans = Array.from({ length: 300 }, (_, index) =>
        span({
          spanId: (index + 1).toString(16).padStart(16, '0'),
          attributes: { text: 'ü'.repeat(500) },
          artifacts: [{ key: 'file', reference }],
        }),
      )
      await catalog.traces.addSpans(projectId, spans)
      const read = (maxSpans: number, maxBytes: number): Promise<TraceStart> =>
        catalog.traces.spans(projectId, 'a'.repeat(32), { maxSpans, maxBytes })
      const whole = await read(300, 1_000_000)
      expect([whole.spans.length, whole.isTruncated]).toEqual([300, false])
      expect(whole.spans.every((item) => item.artifacts.length === 1)).toBe(true)
      expect(await read(299, 1_000_000)).toEqual({ spans: whole.spans.slice(0, 299), isTruncated: true })
      // Each takes a little more than 1,000 bytes.
      expect(await read(300, 100_000)).toEqual({ spans: whole.spans.slice(0, 97), isTruncated: true })
      expect(await read(300, 1)).toEqual({ spans: whole.spans.slice(0, 1), isTruncated: true })
    })

    test('lists show the start of very long names, and the trace all of them', async () => {
      const { catalog, projectId } = await withProject()
      const reference = { sha256: sha256Of('x'), size_bytes: 1, content_type: 'text/plain' }
      const name = 'ü'.repeat(5000)
      const long = span({ name, resource: { 'service.name': name }, artifacts: [{ key: 'file', reference }] })
      await catalog.traces.addSpans(projectId, [long])
      const start = name.slice(0, 1000)
      expect((await catalog.traces.list(projectId, { limit: 1 })).items[0]).toMatchObject({
        rootName: start,
        serviceName: start,
      })
      expect((await catalog.traces.uses(projectId, reference.sha256, 1))[0]?.spanName).toBe(start)
      expect((await catalog.traces.spans(projectId, long.traceId, everything)).spans[0]?.name).toBe(name)
    })

    test('listings go on where they stopped and refuse cursors of others', async () => {
      const { catalog, projectId } = await withProject()
      for (const content of ['a', 'b', 'c']) {
        await catalog.artifacts.register(registration(projectId, content))
        await catalog.artifacts.markReady(projectId, sha256Of(content))
      }
      const first = await catalog.artifacts.list(projectId, { limit: 2 })
      const second = await catalog.artifacts.list(projectId, { limit: 2, cursor: first.nextCursor ?? '' })
      expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null])
      expect(new Set([...first.items, ...second.items].map((item) => item.sha256)).size).toBe(3)
      await expect(catalog.artifacts.list(projectId, { limit: 2, cursor: '???' })).rejects.toThrow(InvalidCursorError)
      await expect(catalog.traces.list(projectId, { limit: 2, cursor: 'e30' })).rejects.toThrow(InvalidCursorError)
    })

    test('projects do not see each other', async () => {
      const { catalog, projectId } = await withProject()
      const { id: otherId } = await catalog.projects.ensure('beta', 1)
      const reference = { sha256: sha256Of('x'), size_bytes: 1, content_type: 'text/plain' }
      await catalog.artifacts.register(registration(projectId, 'x'))
      await catalog.artifacts.markReady(projectId, sha256Of('x'))
      await catalog.traces.addSpans(projectId, [span({ artifacts: [{ key: 'file', reference }] })])
      // The other project has the same span, of which the same artifact is missing.
      await catalog.traces.addSpans(otherId, [span({ artifacts: [{ key: 'file', reference }] })])
      expect(await catalog.artifacts.find(otherId, sha256Of('x'))).toBeUndefined()
      expect((await catalog.artifacts.list(otherId, { limit: 5 })).items).toEqual([])
      expect(
        (await catalog.traces.spans(otherId, 'a'.repeat(32), everything)).spans[0]?.artifacts[0]?.stored,
      ).toBeNull()
      expect((await catalog.traces.list(otherId, { limit: 5 })).items[0]?.previews[0]?.stored).toBeNull()
      expect(
        (await catalog.traces.spans(projectId, 'a'.repeat(32), everything)).spans[0]?.artifacts[0]?.stored?.status,
      ).toBe('ready')
      expect(await catalog.traces.uses(projectId, sha256Of('x'), 5)).toHaveLength(1)
    })
  })
}

function registration(projectId: string, content: string, changes: object = {}): RegistrationRequest {
  return {
    projectId,
    sha256: sha256Of(content),
    sizeBytes: content.length,
    contentType: 'text/plain',
    filename: null,
    now: 1000,
    expiresAt: 2000,
    collectAt: 3000,
    ...changes,
  }
}

const everything = { maxSpans: 5000, maxBytes: 10_000_000 }

/** A span with everything that one needs. */
export function span(changes: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: null,
    name: 'work',
    kind: 'INTERNAL',
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001000000000',
    status: { code: 'UNSET' },
    attributes: {},
    events: [],
    links: [],
    scope: { name: '', version: '' },
    resource: {},
    artifacts: [],
    ...changes,
  }
}

async function removeNothing(): Promise<void> {}

function failToRemove(): Promise<void> {
  return Promise.reject(new Error('read-only'))
}
