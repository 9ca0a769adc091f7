import { nanosecondsToMilliseconds } from './nanoseconds.js'

const millisecondsPerSecond = 1000
const secondsPerMinute = 60
const secondsPerHour = 3600
const secondsPerDay = 86_400

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const full = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'short',
})

/** `14:03:22` for today, `Mar 4, 14:03:22` otherwise, in the reader's zone and language. */
export function formatLocalTime(nanoseconds: bigint, now: Date = new Date()): string {
  const date = new Date(nanosecondsToMilliseconds(nanoseconds))
  if (Number.isNaN(date.getTime())) return 'unknown time'
  return date.toDateString() === now.toDateString() ? timeOfDay.format(date) : dayAndTime.format(date)
}

/** The whole moment with milliseconds and zone. */
export function formatFullTime(nanoseconds: bigint): string {
  const date = new Date(nanosecondsToMilliseconds(nanoseconds))
  return Number.isNaN(date.getTime()) ? 'unknown time' : full.format(date)
}

/** `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`; `in 5 min` where the sender's clock is ahead. */
export function formatRelativeTime(nanoseconds: bigint, now: Date = new Date()): string {
  const seconds = Math.round((now.getTime() - nanosecondsToMilliseconds(nanoseconds)) / millisecondsPerSecond)
  const distance = Math.abs(seconds)
  if (distance < 2) return 'now'
  const text = describe(distance)
  return seconds < 0 ? `in ${text}` : `${text} ago`
}

function describe(seconds: number): string {
  if (seconds < secondsPerMinute) return `${seconds} s`
  if (seconds < secondsPerHour) return `${Math.floor(seconds / secondsPerMinute)} min`
  if (seconds < secondsPerDay) return `${Math.floor(seconds / secondsPerHour)} h`
  return `${Math.floor(seconds / secondsPerDay)} d`
}
