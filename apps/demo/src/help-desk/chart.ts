import type { DiagnosticsLog } from './diagnostics.js'

const WIDTH = 960
const PANEL_HEIGHT = 150
const LEFT = 70
const RIGHT = 20
const TOP = 46
const GAP = 34
/** More points than pixels would only make the file larger. */
const MAX_POINTS = WIDTH - LEFT - RIGHT

type Quantity = 'shade_temperature_c' | 'spring_load_n' | 'elbow_angle_deg'

const PANELS: readonly { readonly quantity: Quantity; readonly title: string; readonly colour: string }[] = [
  { quantity: 'shade_temperature_c', title: 'Shade, °C', colour: '#b4532a' },
  { quantity: 'spring_load_n', title: 'Spring load, N', colour: '#0b6b55' },
  { quantity: 'elbow_angle_deg', title: 'Elbow, degrees', colour: '#31548c' },
]

/** Draws the three quantities that tell a tired spring from a broken arm, one below the other, as an SVG document. */
export function drawChart(log: DiagnosticsLog): string {
  const height = TOP + PANELS.length * (PANEL_HEIGHT + GAP)
  const panels = PANELS.map((panel, index) => drawPanel(log, panel, TOP + index * (PANEL_HEIGHT + GAP)))
  const title = `${log.device.model} ${log.device.serial}, ${log.readings[0]?.at.slice(0, 10) ?? ''}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="26" font-size="16" fill="#1d2422">${escapeXml(title)}</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(log: DiagnosticsLog, { quantity, title, colour }: (typeof PANELS)[number], top: number): string {
  const step = Math.max(1, Math.ceil(log.readings.length / MAX_POINTS))
  const values = log.readings.filter((_reading, index) => index % step === 0).map((reading) => reading[quantity])
  const lowest = Math.min(...values)
  const span = Math.max(...values) - lowest || 1
  const x = (index: number): number => LEFT + (index / Math.max(1, values.length - 1)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number => top + PANEL_HEIGHT - ((value - lowest) / span) * PANEL_HEIGHT
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
  const grid = [0, 0.5, 1].map((share) => {
    const value = lowest + share * span
    const line = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#d8dedb"/>`
    return `${line}<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end" fill="#6d7673">${value.toFixed(1)}</text>`
  })
  return [
    ...grid,
    `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.join(' ')}"/>`,
    `<text x="${LEFT + 6}" y="${top + 14}" fill="${colour}">${title}</text>`,
  ].join('\n')
}

/** The serial number comes from the customer's file. */
function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
