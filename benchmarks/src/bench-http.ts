// `pnpm bench:http`: what the capture of HTTP bodies costs the server, in processor time, memory and throughput.
import { uploadBytes, uploadFile } from './harness/http-load.js'
import { runScenarios } from './harness/run-scenarios.js'
import { httpJson } from './scenarios/http-json.js'
import { httpUpload } from './scenarios/http-upload.js'

const scenarios = [
  httpJson({ name: 'http-json-1k', bodyBytes: 1000, barPercent: 12, requestsPerRound: 3000, rounds: 15 }),
  httpJson({ name: 'http-json-200k', bodyBytes: 200_000, barPercent: 25, requestsPerRound: 150, rounds: 15 }),
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
