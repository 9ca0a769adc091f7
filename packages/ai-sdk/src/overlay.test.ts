import { describe, expect, test } from 'vitest'
import { overlay } from './overlay.js'

class Model {
  readonly #secret = 'kept'
  id = 'one'
  get secret() {
    return this.#secret
  }
  call(word: string) {
    return `${word} ${this.#secret}`
  }
  other() {
    return this
  }
}

const shouting = (model: Model) =>
  overlay(model, {
    method: (name, original) =>
      name === 'call' ? (...words) => String(Reflect.apply(original, model, words)).toUpperCase() : undefined,
  })

describe('overlay', () => {
  test('replaces what it is asked to, and nothing else', () => {
    const model = new Model()
    const overlaid = shouting(model)
    expect(overlaid.call('secret')).toBe('SECRET KEPT')
    expect(overlaid.secret).toBe('kept')
    expect(overlaid.other()).toBe(model)
    expect(overlaid).toBeInstanceOf(Model)
    expect(overlaid.constructor).toBe(Model)
    expect(Object.keys(overlaid)).toEqual(['id'])
    expect('call' in overlaid).toBe(true)
    expect(Object.entries(overlaid)).toEqual([['id', 'one']])
    expect(Reflect.get(overlaid, 'call')).toBe(Reflect.get(overlaid, 'call'))
  })

  test('writes go to the object itself', () => {
    const model = new Model()
    shouting(model).id = 'two'
    expect(model.id).toBe('two')
  })

  test('works on a frozen object with methods of its own', () => {
    const frozen = Object.freeze({ call: () => 'quiet', deep: Object.freeze({ a: 1 }) })
    const overlaid = overlay(frozen, { method: (name) => (name === 'call' ? () => 'LOUD' : undefined) })
    expect(overlaid.call()).toBe('LOUD')
    expect(overlaid.deep).toBe(frozen.deep)
    expect({ ...overlaid }.call()).toBe('LOUD')
  })

  test('replaces a member, and leaves what a class keeps behind getters', () => {
    const overlaid = overlay(new Model(), { members: { id: 'two' } })
    expect(overlaid.id).toBe('two')
    expect(Object.entries(overlaid)).toEqual([['id', 'two']])
    expect(overlaid.secret).toBe('kept')
  })

  test('a member that was replaced can be replaced again', () => {
    const model = new Model()
    const overlaid = overlay(model, { members: { id: 'two' } })
    overlaid.id = 'three'
    expect(overlaid.id).toBe('three')
    expect(model.id).toBe('one')
  })

  test('works on a function', () => {
    const callable = Object.assign((word: string) => word.length, { chat: (word: string) => word })
    const overlaid = overlay(callable, { method: () => undefined, result: (returned) => [returned] })
    expect(overlaid('four')).toEqual([4])
    expect(overlaid.chat('four')).toBe('four')
  })
})
