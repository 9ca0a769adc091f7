import { sendJson } from '../harness/http-load.js'
import { median } from '../harness/median.js'
import { atMost, exactly, type Scenario } from '../harness/scenario.js'
import { startHttpServer, type RunningServer } from '../harness/http-server.js'

const PERCENT = 100
const TRIALS = 11
const QUICK_TRIALS = 2

/** One size of body, and what its capture may cost. */
export interface HttpJsonCost {
  name: string
  bodyBytes: number
  /** How many requests are under way at once. */
  connections: number
  /** Processor time of the server per request, in % of what it takes without the capture. */
  barPercent: number
  /**
   * Before anything is measured. After 15,000 the engine has compiled most of what it will compile, after 60,000 all: by then the
   * server by itself takes up to a fifth less.
   */
  warmUpRequests: number
  requestsPerRound: number
  rounds: number
  /** How many pairs of servers. Default: 11. */
  trials?: number
}

/**
 * What the capture adds to the processor time of a server. Two servers run side by side, with and without it; each round
 * gives both a few of the same requests, in turns, so that whatever else the machine does hits both alike. And that several
 * times: where a process has its code and its data in memory makes a difference of some percent for as long as it lives.
 */
export function httpJson(cost: HttpJsonCost): Scenario {
  const { name, bodyBytes, connections, barPercent, warmUpRequests, requestsPerRound, rounds } = cost
  const load = connections === 1 ? 'one at a time' : `${connections} at once`
  return {
    name,
    title: `Express with instrumentation-http, POST of ${bodyBytes} bytes of JSON, ${load}, after ${warmUpRequests} requests: processor time per request`,
    run: async ({ directory, quick }) => {
      const trials: CostTrial[] = []
      for (let trial = 0; trial < (quick ? QUICK_TRIALS : (cost.trials ?? TRIALS)); trial += 1)
        trials.push(await runTrial(cost, directory))
      const withoutUs = median(trials.map((trial) => trial.withoutUs)).toFixed(0)
      const added = median(trials.map((trial) => trial.addedPercent))
      const sumOf = (count: (trial: CostTrial) => number): number =>
        trials.reduce((sum, trial) => sum + count(trial), 0)
      const range = trials
        .map(({ addedPercent }) => addedPercent)
        .toSorted((one, other) => one - other)
        .map((percent) => percent.toFixed(0))
      return [
        atMost(
          `added to ${withoutUs} µs, median of ${trials.length} pairs of servers (${range.join(', ')})`,
          added,
          barPercent,
          '%',
        ),
        exactly(
          'spans with both bodies',
          sumOf((trial) => trial.completeSpans),
          trials.length * (warmUpRequests + rounds * requestsPerRound),
        ),
        exactly(
          'artifacts that were not stored',
          sumOf((trial) => trial.lostArtifacts),
          0,
        ),
      ]
    },
  }
}

/** What one pair of servers took. */
interface CostTrial {
  withoutUs: number
  addedPercent: number
  completeSpans: number
  lostArtifacts: number
}

async function runTrial(cost: HttpJsonCost, directory: string): Promise<CostTrial> {
  const { bodyBytes, connections, warmUpRequests, requestsPerRound, rounds } = cost
  const bare = await startHttpServer({ capture: false, directory })
  const capturing = await startHttpServer({ capture: true, directory })
  const servers = [bare, capturing]
  try {
    const bodyOf = (number: number): Buffer => jsonBody(bodyBytes, number)
    const send = async (server: RunningServer, requests: number): Promise<number> => {
      const before = await server.usage()
      await sendJson({ url: `${server.url}/json`, requests, connections, bodyOf })
      return ((await server.usage()).cpuMicroseconds - before.cpuMicroseconds) / requests
    }
    for (const server of servers) await send(server, warmUpRequests)

    const pairs: { withoutUs: number; addedPercent: number }[] = []
    for (let index = 0; index < rounds; index += 1) {
      const costs = new Map<RunningServer, number>()
      for (const server of index % 2 === 0 ? servers : servers.toReversed()) {
        costs.set(server, await send(server, requestsPerRound))
      }
      const withoutUs = costs.get(bare) ?? Number.NaN
      const withUs = costs.get(capturing) ?? Number.NaN
      pairs.push({ withoutUs, addedPercent: (withUs / withoutUs - 1) * PERCENT })
    }
    const { completeSpans, lostArtifacts } = await capturing.usage()
    return {
      withoutUs: median(pairs.map((pair) => pair.withoutUs)),
      addedPercent: median(pairs.map((pair) => pair.addedPercent)),
      completeSpans,
      lostArtifacts,
    }
  } finally {
    for (const server of servers) server.kill()
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
