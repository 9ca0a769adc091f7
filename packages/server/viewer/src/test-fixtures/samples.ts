import { readFileSync } from 'node:fs'
import type { Upload } from './store.js'

const fixture = (name: string, contentType: string): Upload => ({
  bytes: new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url))),
  contentType,
  filename: name,
})

/** A bar chart of 640 by 320 pixels. */
export const chart: Upload = fixture('chart.png', 'image/png')
/** A second of moving pictures, 160 by 90 pixels, VP8. */
export const clip: Upload = fixture('clip.webm', 'video/webm')
/** One page. */
export const report: Upload = fixture('report.pdf', 'application/pdf')

/** Text of any media type. */
export function textSample(text: string, contentType: string, filename: string): Upload {
  return { bytes: new TextEncoder().encode(text), contentType, filename }
}

const samplesPerSecond = 8000
const wavHeaderBytes = 44

/** A tone as 8-bit mono WAV. */
export function tone(seconds: number): Upload {
  const count = Math.round(seconds * samplesPerSecond)
  const bytes = new Uint8Array(wavHeaderBytes + count)
  const view = new DataView(bytes.buffer)
  const ascii = (offset: number, text: string): void => bytes.set(new TextEncoder().encode(text), offset)
  ascii(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  ascii(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, samplesPerSecond, true)
  view.setUint32(28, samplesPerSecond, true)
  view.setUint16(32, 1, true)
  view.setUint16(34, 8, true)
  ascii(36, 'data')
  view.setUint32(40, count, true)
  for (let index = 0; index < count; index += 1) {
    bytes[wavHeaderBytes + index] = 128 + Math.round(60 * Math.sin((index * 440 * 2 * Math.PI) / samplesPerSecond))
  }
  return { bytes, contentType: 'audio/wav', filename: 'tone.wav' }
}
