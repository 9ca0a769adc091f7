const nanosecondsPerMicrosecond = 1e3
const nanosecondsPerMillisecond = 1e6
const nanosecondsPerSecond = 1e9
const secondsPerMinute = 60
const secondsPerHour = 3600
const secondsPerDay = 86_400

/** A duration for people, three significant digits: `850 ns`, `12.3 ms`, `1.05 s`, `3 min 12 s`, `2 d 4 h`. */
export function formatDuration(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return '–'
  if (nanoseconds < 0) return `-${formatDuration(-nanoseconds)}`
  if (nanoseconds === 0) return '0 ms'
  if (nanoseconds < nanosecondsPerMicrosecond) return `${Math.round(nanoseconds)} ns`
  if (nanoseconds < 0.9995 * nanosecondsPerMillisecond) return withUnit(nanoseconds / nanosecondsPerMicrosecond, 'µs')
  if (nanoseconds < 0.9995 * nanosecondsPerSecond) return withUnit(nanoseconds / nanosecondsPerMillisecond, 'ms')
  const seconds = nanoseconds / nanosecondsPerSecond
  if (seconds < 59.95) return withUnit(seconds, 's')
  const whole = Math.round(seconds)
  if (whole < secondsPerHour) return pair(whole, { size: secondsPerMinute, name: 'min' }, { size: 1, name: 's' })
  if (whole < secondsPerDay) {
    return pair(whole, { size: secondsPerHour, name: 'h' }, { size: secondsPerMinute, name: 'min' })
  }
  return pair(whole, { size: secondsPerDay, name: 'd' }, { size: secondsPerHour, name: 'h' })
}

function withUnit(value: number, unit: string): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  // 12.0 says no more than 12.
  return `${Number(value.toFixed(digits))} ${unit}`
}

interface Unit {
  readonly size: number
  readonly name: string
}

function pair(seconds: number, large: Unit, small: Unit): string {
  const first = Math.floor(seconds / large.size)
  const second = Math.floor((seconds - first * large.size) / small.size)
  return second === 0 ? `${first} ${large.name}` : `${first} ${large.name} ${second} ${small.name}`
}
