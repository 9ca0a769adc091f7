/** Where a line of data begins, also behind a byte order mark. */
const dataLine = /(?<=^\ufeff?|[\r\n])data(?=[:\r\n]|$)/g
const lineWithEnd = /([^\r\n]*)(\r\n?|\n|$)/y
const dataField = /^data(?:: ?|$)/

interface Line {
  readonly text: string
  readonly end: string
  /** What stands before the data; undefined where the line has none. */
  readonly field: string | undefined
}

/**
 * Replaces the data of server-sent events, and leaves every other character as it is. The data of an event is that of all
 * its lines, whatever stands between them. Takes linear time.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 *
 * @param replace is given the data of one event; returns what to put in its place, the same text where it may stay
 */
export function replaceEventData(text: string, replace: (data: string) => string): string {
  const pieces: string[] = []
  let copiedUntil = 0
  dataLine.lastIndex = 0
  for (let match = dataLine.exec(text); match !== null; match = dataLine.exec(text)) {
    const lines = linesOfEvent(text, match.index)
    const end = lines.reduce((place, line) => place + line.text.length + line.end.length, match.index)
    dataLine.lastIndex = end
    const data = lines
      .flatMap((line) => (line.field === undefined ? [] : [line.text.slice(line.field.length)]))
      .join('\n')
    const replacement = replace(data)
    if (replacement === data) continue
    pieces.push(text.slice(copiedUntil, match.index), withData(lines, replacement))
    copiedUntil = end
  }
  return pieces.join('') + text.slice(copiedUntil)
}

/** @returns the lines from this one on up to the end of the event */
function linesOfEvent(text: string, start: number): Line[] {
  const lines: Line[] = []
  lineWithEnd.lastIndex = start
  for (;;) {
    const [, line = '', end = ''] = lineWithEnd.exec(text) ?? []
    if (line === '') return lines
    lines.push({ text: line, end, field: dataField.exec(line)?.[0] })
    if (end === '') return lines
  }
}

/** Puts line by line of the data where data was; what is left over where the last line was. */
function withData(lines: readonly Line[], data: string): string {
  const rest = data.split('\n').toReversed()
  const last = lines.findLastIndex((line) => line.field !== undefined)
  const written = lines.map((line, index) => {
    if (line.field === undefined) return line.text + line.end
    const field = line.field.includes(':') ? line.field : 'data:'
    const own = rest.splice(index === last ? 0 : -1).toReversed()
    return own
      .map((part, place) => field + part + (line.end === '' && place < own.length - 1 ? '\n' : line.end))
      .join('')
  })
  return written.join('')
}
