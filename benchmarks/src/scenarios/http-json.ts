import { sendJson } from '../harness/http-load.js'
import { median } from '../harness/median.js'
import { atMost, exactly, type Scenario } from '../harness/scenario.js'
import { startHttpServer, type RunningServer } from '../harness/http-server.js'

const CONNECTIONS = 20
const WARM_UP_ROUNDS = 3
const PERCENT = 100

/** One size of body, and what its capture may cost. */
export interface HttpJsonCost {
  name: string
  bodyBytes: number
  /** Processor time of the server per request, in % of what it takes without the capture. */
  barPercent: number
  requestsPerRound: number
  rounds: number
}

/**
 * What the capture adds to the processor time of a server. Two servers run side by side, with and without it; each round
 * gives both the same requests, in turns, so that whatever else the machine does hits both alike.
 */
export function httpJson({ name, bodyBytes, barPercent, requestsPerRound, rounds }: HttpJsonCost): Scenario {
  return {
    name,
    title: `Express with instrumentation-http, POST of ${bodyBytes} bytes of JSON: processor time per request`,
    run: async (context) => {
      const { directory } = context
      const servers = [
        await startHttpServer({ capture: false, directory }),
        await startHttpServer({ capture: true, directory }),
      ] as const
      const [bare, capturing] = servers
      try {
        const bodyOf = (number: number): Buffer => jsonBody(bodyBytes, number)
        let requests = 0
        const round = async (server: RunningServer): Promise<number> => {
          const before = await server.usage()
          await sendJson({ url: `${server.url}/json`, requests: requestsPerRound, connections: CONNECTIONS, bodyOf })
          if (server === capturing) requests += requestsPerRound
          return ((await server.usage()).cpuMicroseconds - before.cpuMicroseconds) / requestsPerRound
        }
        for (let warmUp = 0; warmUp < WARM_UP_ROUNDS; warmUp += 1) for (const server of servers) await round(server)

        const pairs: { without: number; added: number }[] = []
        for (let index = 0; index < (context.quick ? Math.ceil(rounds / 3) : rounds); index += 1) {
          const order = index % 2 === 0 ? [bare, capturing] : [capturing, bare]
          const costs = new Map<RunningServer, number>()
          for (const server of order) costs.set(server, await round(server))
          const [without, withCapture] = servers.map((server) => costs.get(server) ?? Number.NaN)
          if (without === undefined || withCapture === undefined) throw new Error('a round has no result')
          pairs.push({ without, added: (withCapture / without - 1) * PERCENT })
        }
        const without = median(pairs.map((pair) => pair.without))
        return [
          atMost(
            `added to ${without.toFixed(0)} µs, median of ${pairs.length} pairs`,
            median(pairs.map((pair) => pair.added)),
            barPercent,
            '%',
          ),
          exactly('spans with both bodies', (await capturing.usage()).completeSpans, requests),
        ]
      } finally {
        for (const server of servers) server.kill()
      }
    },
  }
}

/** JSON of many members, as the answers of an API have, no two bodies alike. */
function jsonBody(bytes: number, number: number): Buffer {
  const items: unknown[] = []
  let length = 0
  for (let index = 0; length < bytes; index += 1) {
    const item = { index, name: `item ${index}`, description: 'lorem ipsum dolor sit amet consectetur', price: 12.5 }
    length += JSON.stringify(item).length + 1
    items.push(item)
  }
  return Buffer.from(JSON.stringify({ id: number, at: performance.now(), items }))
}
