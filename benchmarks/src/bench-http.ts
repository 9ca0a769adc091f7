// `pnpm bench:http`: what the capture of HTTP bodies costs the server, in processor time, memory and throughput.
import { uploadBytes, uploadFile } from './harness/http-load.js'
import { runScenarios } from './harness/run-scenarios.js'
import { httpJson } from './scenarios/http-json.js'
import { httpUpload } from './scenarios/http-upload.js'

const SMALL_BODY = { bodyBytes: 1000, warmUpRequests: 15_000, requestsPerRound: 300, rounds: 31 }

const scenarios = [
  httpJson({ ...SMALL_BODY, name: 'http-json-1k', connections: 1, barPercent: 12 }),
  httpJson({
    ...SMALL_BODY,
    name: 'http-json-1k-warm',
    connections: 1,
    barPercent: 12,
    warmUpRequests: 60_000,
    rounds: 93,
    trials: 5,
  }),
  httpJson({ ...SMALL_BODY, name: 'http-json-1k-busy', connections: 20, barPercent: 35 }),
  httpJson({
    name: 'http-json-200k',
    bodyBytes: 200_000,
    connections: 20,
    barPercent: 25,
    warmUpRequests: 2000,
    requestsPerRound: 20,
    rounds: 25,
  }),
  httpUpload({
    name: 'http-upload',
    title: 'Express with instrumentation-http, a file of 100 MB through multer to disk',
    path: '/upload',
    send: uploadFile,
  }),
  httpUpload({
    name: 'http-raw-upload',
    title: 'Express with instrumentation-http, a body of 100 MB over 1 Gbit/s that the application reads as it comes',
    path: '/raw',
    megabytesPerSecond: 125,
    send: uploadBytes,
  }),
]
process.exitCode = await runScenarios(scenarios, process.argv.slice(2))
