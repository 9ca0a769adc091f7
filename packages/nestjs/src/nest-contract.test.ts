import {
  All,
  Controller,
  NotFoundException,
  Req,
  Res,
  Sse,
  type MessageEvent,
  type ModuleMetadata,
} from '@nestjs/common'
import { describeHttpCapture, send, startTracing, type Application } from '@span-artifacts/http-testing'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { of, type Observable } from 'rxjs'
import { expect, test } from 'vitest'
import { ArtifactsModule, CaptureArtifacts } from './index.js'
import { PLATFORMS, serveNest } from './test-fixtures/serve-nest.js'

const tracing = startTracing()

interface FastifyReply {
  readonly raw: ServerResponse
  hijack(): void
}

/** One handler for every request, that leaves everything to an application on bare Node messages. */
function handEverythingTo(application: Application): NonNullable<ModuleMetadata['controllers']>[number] {
  @Controller()
  class Everything {
    @All('*')
    handle(
      @Req() request: IncomingMessage & { readonly raw?: IncomingMessage },
      @Res() response: ServerResponse | FastifyReply,
    ): unknown {
      if (!('hijack' in response)) return application(request, response)
      response.hijack()
      return application(request.raw ?? request, response.raw)
    }
  }
  return Everything
}

for (const platform of PLATFORMS) {
  describeHttpCapture(
    {
      name: `Nest on ${platform}`,
      serve: (application, options) =>
        serveNest(
          platform,
          {
            imports: options === undefined ? [] : [ArtifactsModule.forRoot(options)],
            controllers: [handEverythingTo(application)],
          },
          { withoutParsers: true },
        ),
    },
    tracing,
  )
}

@Controller()
class EventsController {
  @Sse('events') async events(): Promise<Observable<MessageEvent>> {
    await moment()
    return of({ data: 'first' }, { data: 'second' })
  }
  @Sse('refused') refused(): Observable<MessageEvent> {
    throw new NotFoundException('no such events')
  }
  @Sse('refused-later') async refusedLater(): Promise<Observable<MessageEvent>> {
    await moment()
    throw new NotFoundException('no such events')
  }
  @Sse('header') async header(
    @Res({ passthrough: true }) response: ServerResponse | FastifyReply,
  ): Promise<Observable<MessageEvent>> {
    await moment()
    const raw = 'raw' in response ? response.raw : response
    raw.setHeader('x-events', 'some')
    return of({ data: 'first' })
  }
}

// What a controller asks for that is no part of the application changes nothing.
CaptureArtifacts({ arguments: true, result: true })(class extends EventsController {})

/** What an asynchronous handler waits for. */
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

test.each(
  PLATFORMS.flatMap((platform) =>
    ['/events', '/refused', '/refused-later', '/header'].map((path) => [platform, path] as const),
  ),
)('Nest on %s answers server-sent events at %s as it does without the module', async (platform, path) => {
  const answers = []
  for (const imports of [[], [ArtifactsModule.forRoot()]]) {
    await using server = await serveNest(platform, { imports, controllers: [EventsController] })
    const { status, headers, body } = await send(server.url + path)
    answers.push({ status, type: headers['content-type'], header: headers['x-events'], body: body.toString() })
  }
  expect(answers[1]).toEqual(answers[0])
})
