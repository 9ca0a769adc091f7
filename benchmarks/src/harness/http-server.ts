import type { HttpServer, HttpServerStarted, HttpServerUsage } from '../workers/http-server.js'
import { startWorker } from './worker-process.js'

/** A server in a process of its own. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** What the process has used since its start. */
  usage(): Promise<HttpServerUsage>
  kill(): void
}

/** Starts an Express application with or without the capture. */
export async function startHttpServer(parameters: HttpServer): Promise<RunningServer> {
  const worker = startWorker<HttpServerStarted & HttpServerUsage>('http-server', { parameters })
  const { port } = await worker.nextMessage()
  return {
    url: `http://127.0.0.1:${port}`,
    usage: () => {
      worker.send('usage')
      return worker.nextMessage()
    },
    kill: () => {
      worker.child.kill()
    },
  }
}
