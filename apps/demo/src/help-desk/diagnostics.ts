import { z } from 'zod'

const MAX_READINGS = 20_000

const reading = z.object({
  at: z.iso.datetime(),
  shade_temperature_c: z.number(),
  spring_load_n: z.number(),
  elbow_angle_deg: z.number(),
})

/** What the service socket of a lamp gives out: readings at a steady interval, and what happened between them. */
export const diagnosticsLog = z.object({
  device: z.object({ model: z.string(), serial: z.string() }),
  reading_interval_s: z.number().positive(),
  events: z.array(z.looseObject({ at: z.iso.datetime(), kind: z.string() })),
  readings: z.array(reading).min(1, 'There is no reading.').max(MAX_READINGS, `More than ${MAX_READINGS} readings.`),
})

export type DiagnosticsLog = z.infer<typeof diagnosticsLog>

interface Range {
  readonly lowest: number
  readonly highest: number
}

/** What the help desk makes of a log. */
export interface DiagnosticsSummary {
  readonly serial: string
  readonly readings: number
  readonly from: string
  readonly to: string
  readonly shadeTemperatureC: Range
  readonly springLoadN: Range
  readonly elbowAngleDeg: Range
  /** How often each kind of event happened. */
  readonly events: Readonly<Record<string, number>>
  readonly verdict: string
}

/** A log's summary and its chart. */
export interface Analysis {
  readonly summary: DiagnosticsSummary
  /** An SVG document. */
  readonly chart: string
}

/** Says in a few lines what a log holds. */
export function summarize({ device, events, readings }: DiagnosticsLog): DiagnosticsSummary {
  const counts: Record<string, number> = {}
  for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1
  const broken = events.find(({ kind }) => kind === 'arm_broken')
  return {
    serial: device.serial,
    readings: readings.length,
    from: readings[0]?.at ?? '',
    to: readings.at(-1)?.at ?? '',
    shadeTemperatureC: rangeOf(readings.map((each) => each.shade_temperature_c)),
    springLoadN: rangeOf(readings.map((each) => each.spring_load_n)),
    elbowAngleDeg: rangeOf(readings.map((each) => each.elbow_angle_deg)),
    events: counts,
    verdict: broken ? `The arm broke at ${broken.at}.` : 'No damage recorded.',
  }
}

function rangeOf(values: readonly number[]): Range {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  return { lowest, highest }
}
