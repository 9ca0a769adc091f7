// A worker for the crash runner: acknowledges numbers as fast as it can, or misbehaves as its second argument says.
import { openAcknowledgementLog, reportReady } from '@span-artifacts/test-support'

const [path, manner] = process.argv.slice(2)
if (manner === 'fails') throw new Error('cannot start today')
if (manner === 'never-ready') setInterval(() => {}, 1000)
else {
  const log = openAcknowledgementLog(path)
  reportReady()
  if (manner === 'exits') process.disconnect()
  else {
    for (let number = 0; ; number += 1) {
      log.acknowledge(`${process.pid} ${number}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
