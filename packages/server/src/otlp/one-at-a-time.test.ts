import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.js'

test('tasks run in order, one at a time, and one that fails does not stop the others', async () => {
  const inTurn = oneAtATime()
  const log: string[] = []
  const released = Promise.withResolvers<void>()
  const first = inTurn(async () => {
    log.push('first begins')
    await released.promise
    log.push('first fails')
    throw new Error('no')
  })
  const second = inTurn(async () => {
    log.push('second')
    return 2
  })
  released.resolve()
  await expect(first).rejects.toThrow('no')
  expect(await second).toBe(2)
  expect(log).toEqual(['first begins', 'first fails', 'second'])
})

test('everything else gets its turn between two tasks', async () => {
  const inTurn = oneAtATime()
  const log: string[] = []
  setImmediate(() => log.push('something else'))
  await Promise.all([inTurn(async () => log.push('first')), inTurn(async () => log.push('second'))])
  expect(log).toEqual(['first', 'something else', 'second'])
})
