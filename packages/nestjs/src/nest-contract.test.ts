import { All, Controller, Req, Res, type ModuleMetadata } from '@nestjs/common'
import { describeHttpCapture, startTracing, type Application } from '@span-artifacts/http-testing'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ArtifactsModule } from './index.js'
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
