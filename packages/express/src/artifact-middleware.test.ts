import {
  describeHttpCapture,
  listen,
  startTracing,
  type Application,
  type ContractOptions,
} from '@span-artifacts/http-testing'
import express5 from 'express'
import express4 from 'express-4'
import { artifactMiddleware } from './index.js'

const tracing = startTracing()

for (const [name, express] of [
  ['Express 5', express5],
  ['Express 4', express4],
] as const) {
  const serve = (application: Application, options: ContractOptions | undefined): ReturnType<typeof listen> => {
    const app = express()
    app.disable('x-powered-by')
    if (options !== undefined) app.use(artifactMiddleware(options))
    app.use((request, response) => application(request, response))
    return listen(app)
  }
  describeHttpCapture({ name, serve }, tracing)
}
