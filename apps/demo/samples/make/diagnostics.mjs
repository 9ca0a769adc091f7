// Writes ../diagnostics.json: almost seventeen hours of a lamp's memory, one reading each ten seconds, about 1 MB. Same bytes on
// every run.
//
//   node samples/make/diagnostics.mjs     (from apps/demo)
import { writeFileSync } from 'node:fs'

const FIRST_READING = Date.parse('2026-06-02T06:00:00Z')
const READING_COUNT = 6000
const READING_INTERVAL_MS = 10_000
const ARM_BREAKS_AT = 5672

// A small generator with a fixed seed (mulberry32): the noise must look like noise and stay the same.
let state = 7731
const random = () => {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
const noise = (amplitude) => (random() + random() + random() - 1.5) * amplitude
const round = (value, digits) => Number(value.toFixed(digits))
const time = (index) => new Date(FIRST_READING + index * READING_INTERVAL_MS).toISOString()

const readings = []
const events = []
let temperature = 21
let lit = false
for (let index = 0; index < READING_COUNT; index += 1) {
  const broken = index >= ARM_BREAKS_AT
  const shouldBeLit = !broken && ((index > 260 && index < 1490) || (index > 2300 && index < 2760) || index > 3200)
  if (shouldBeLit !== lit) {
    lit = shouldBeLit
    events.push({ at: time(index), kind: lit ? 'switched_on' : 'switched_off', by: broken ? 'short_circuit' : 'knob' })
  }
  temperature += ((lit ? 58 : 21) - temperature) * 0.012 + noise(0.22)
  const sag = index < 3200 ? 0 : Math.min(1, (index - 3200) / 2360)
  readings.push({
    at: time(index),
    lamp: lit ? 'on' : 'off',
    voltage_v: round(230.4 + Math.sin(index / 210) * 1.6 + noise(0.9), 1),
    current_ma: lit ? round(172 + noise(5), 1) : 0,
    shade_temperature_c: round(temperature, 2),
    light_lux: lit ? Math.round(870 + noise(36) - sag * 210) : Math.round(42 + noise(9)),
    elbow_angle_deg: round(broken ? 160 : 96 + sag * 21 + noise(0.5), 2),
    spring_load_n: round(broken ? 0.1 + Math.abs(noise(0.1)) : 18.2 - sag * 6.4 + noise(0.3), 2),
  })
  if (sag > 0 && !broken && index % 240 === 0) {
    events.push({ at: time(index), kind: 'arm_sinking', elbow_angle_deg: readings[index].elbow_angle_deg })
  }
  if (index === ARM_BREAKS_AT) {
    events.push({ at: time(index), kind: 'arm_broken', peak_load_n: 41.7, acceleration_g: 6.3 })
    events.push({ at: time(index), kind: 'bulb_failed', resistance_ohm: null })
  }
}

const diagnostics = {
  format: 'lumen-works/diagnostics',
  version: 2,
  device: { model: 'LW-40', serial: 'LW40-7731-0926', firmware: '1.8.3', colour: 'fir green', hours_lit: 1863.4 },
  reading_interval_s: READING_INTERVAL_MS / 1000,
  events,
  readings,
}
writeFileSync(new URL('../diagnostics.json', import.meta.url), `${JSON.stringify(diagnostics)}\n`)
