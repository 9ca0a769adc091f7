import { createServer } from 'node:http'
import { describeHttpCapture, listen, startTracing } from '@span-artifacts/http-testing'
import { createHttpCapture } from './index.js'

describeHttpCapture(
  {
    name: 'a plain node:http server',
    serve: (application, options) => {
      const capture = options && createHttpCapture(options)
      return listen(
        createServer((request, response) => {
          capture?.(request, response)
          application(request, response)
        }),
      )
    },
  },
  startTracing(),
)
