import { describe, expect, test } from 'vitest'
import { parseStartOptions } from './options.js'
import { StartError } from './start-error.js'

describe('parseStartOptions', () => {
  test('knows the ports and the directory that are used without options', () => {
    const options = parseStartOptions([])
    expect(options).toMatchObject({ once: false, serverPort: 4319, demoPort: 3000, webPort: 3001 })
    expect(options).toHaveProperty('dataDirectory', expect.stringMatching(/\/\.span-artifacts$/))
  })

  test('reads every option', () => {
    const args = ['--once', '--server-port', '0', '--demo-port=65535', '--web-port', '8080', '--data', 'here']
    expect(parseStartOptions(args)).toEqual({
      once: true,
      serverPort: 0,
      demoPort: 65_535,
      webPort: 8080,
      dataDirectory: 'here',
    })
  })

  test('ignores the separator that package managers hand on', () => {
    expect(parseStartOptions(['--', '--once'])).toMatchObject({ once: true })
  })

  test('refuses one port for two', () => {
    expect(() => parseStartOptions(['--demo-port', '4319'])).toThrow('--server-port and --demo-port must differ')
    expect(() => parseStartOptions(['--web-port', '3000'])).toThrow('--demo-port and --web-port must differ')
    const anyPorts = ['--demo-port', '0', '--server-port', '0', '--web-port', '0']
    expect(parseStartOptions(anyPorts)).toMatchObject({ serverPort: 0, demoPort: 0, webPort: 0 })
  })

  test.each([
    ['--server-port', '-1'],
    ['--server-port', '65536'],
    ['--demo-port', '3000.5'],
    ['--demo-port', '0x10'],
    ['--demo-port', ' '],
    ['--web-port', '65536'],
    ['--data', ''],
  ])('refuses %s %j, naming the option', (option, value) => {
    expect(() => parseStartOptions([`${option}=${value}`])).toThrow(StartError)
    expect(() => parseStartOptions([`${option}=${value}`])).toThrow(option)
  })
})
