import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ArtifactClient } from './client.js'
import { type ArtifactClientOptions, resolveConfiguration } from './config.js'
import { ArtifactConfigurationError } from './errors.js'
import { artifactClient, configureArtifacts } from './global-client.js'
import { collectWarnings } from './test-fixtures/collect-warnings.js'

afterEach(() => vi.unstubAllEnvs())

function failureOf(options: object): ArtifactConfigurationError {
  try {
    resolveConfiguration(options)
  } catch (error) {
    if (ArtifactConfigurationError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('without any settings', () => {
  test('the defaults hold', () => {
    for (const name of ['SPAN_ARTIFACTS_ENDPOINT', 'SPAN_ARTIFACTS_TOKEN', 'LOGFIRE_TOKEN', 'LOGFIRE_BASE_URL']) {
      vi.stubEnv(name, '')
    }
    expect(resolveConfiguration()).toMatchObject({
      endpoint: 'http://127.0.0.1:4319',
      publicUrl: 'http://127.0.0.1:4319',
      token: undefined,
      destination: undefined,
      trustedUploadOrigins: [],
      limits: {
        maxQueueBytes: 67_108_864,
        maxQueueArtifacts: 2048,
        maxArtifactBytes: 104_857_600,
        uploadConcurrency: 4,
        connectTimeoutMs: 5000,
        requestTimeoutMs: 10_000,
        stallTimeoutMs: 30_000,
        retryInitialDelayMs: 500,
        retryMaxDelayMs: 30_000,
        giveUpAfterMs: 300_000,
        syncTimeoutMs: 30_000,
        breakerFailures: 5,
        flushTimeoutMs: 30_000,
        shutdownTimeoutMs: 2000,
      },
    })
  })
})

describe('a setting in code', () => {
  test('wins over the environment', () => {
    vi.stubEnv('SPAN_ARTIFACTS_ENDPOINT', 'https://environment.example')
    vi.stubEnv('SPAN_ARTIFACTS_MAX_QUEUE_BYTES', '7')
    const { endpoint, limits } = resolveConfiguration({ endpoint: 'https://code.example/base/', maxQueueBytes: 8 })
    expect(endpoint).toBe('https://code.example/base')
    expect(limits.maxQueueBytes).toBe(8)
  })

  test.each([
    ['endpont', 'endpoint'],
    ['maxQueueByte', 'maxQueueBytes'],
    ['MaxArtifactBytes', 'maxArtifactBytes'],
    ['shutdownTimeout', 'shutdownTimeoutMs'],
  ])('called %s throws and asks whether %s was meant', (name, meant) => {
    const failure = failureOf({ [name]: 1 })
    expect(failure).toMatchObject({ code: 'unknown_option', option: name })
    expect(failure.message).toContain(`Unknown option "${name}" of an ArtifactClient: did you mean ${meant}?`)
  })

  test('whose name is like no other throws and lists those that there are', () => {
    expect(failureOf({ colour: 'red' }).message).toContain('uploadConcurrency')
  })

  test.each<[keyof ArtifactClientOptions, unknown, string]>([
    ['endpoint', 'not a url', 'is not a URL'],
    ['endpoint', 'ftp://example.com', 'it must be http or https'],
    ['endpoint', 'https://user:hunter2@example.com', 'use the token option'],
    ['endpoint', 'https://example.com/?a=b', 'query'],
    ['endpoint', 7, 'is not a URL'],
    ['token', 'two words', 'RFC 6750'],
    ['token', 'line\r\nbreak', 'RFC 6750'],
    ['maxQueueBytes', -1, 'is -1: it must be a whole number from 0'],
    ['maxQueueBytes', '5', 'is "5": it must be a whole number'],
    ['maxQueueArtifacts', 1.5, 'is 1.5'],
    ['uploadConcurrency', 0, 'from 1 to 256'],
    ['stallTimeoutMs', Number.NaN, 'is NaN'],
    ['shutdownTimeoutMs', 2 ** 31, 'to 2147483647'],
    ['trustedUploadOrigins', ['https://ok.example', 'nope'], 'is not a URL'],
    ['trustedUploadOrigins', 'https://ok.example', 'is not a list'],
    ['destination', { name: 'empty' }, 'has no method store()'],
  ])('%s of %j throws and says what it must be', (option, value, message) => {
    const failure = failureOf({ [option]: value })
    expect(failure).toMatchObject({ code: 'invalid_option', option })
    expect(failure.message).toContain(message)
    expect(failure.message).toContain(option)
    expect(failure.message).not.toContain('hunter2')
    expect(failure.message).not.toContain('two words')
  })
})

describe('the environment', () => {
  test('sets everything that code can set', () => {
    vi.stubEnv('SPAN_ARTIFACTS_ENDPOINT', 'https://artifacts.example/')
    vi.stubEnv('SPAN_ARTIFACTS_PUBLIC_URL', 'https://viewer.example')
    vi.stubEnv('SPAN_ARTIFACTS_TOKEN', 'sa_v1_w_x_y')
    vi.stubEnv('SPAN_ARTIFACTS_TRUSTED_UPLOAD_ORIGINS', 'http://minio:9000, https://s3.internal/bucket')
    vi.stubEnv('SPAN_ARTIFACTS_STALL_TIMEOUT_MS', '1234')
    expect(resolveConfiguration()).toMatchObject({
      endpoint: 'https://artifacts.example',
      publicUrl: 'https://viewer.example',
      token: 'sa_v1_w_x_y',
      trustedUploadOrigins: ['http://minio:9000', 'https://s3.internal'],
      limits: { stallTimeoutMs: 1234 },
    })
  })

  test('of Logfire is used where ours is empty', () => {
    vi.stubEnv('SPAN_ARTIFACTS_ENDPOINT', ' ')
    vi.stubEnv('LOGFIRE_BASE_URL', 'https://logfire.example')
    vi.stubEnv('SPAN_ARTIFACTS_TOKEN', '')
    vi.stubEnv('LOGFIRE_TOKEN', 'pylf_v1_x')
    expect(resolveConfiguration()).toMatchObject({ endpoint: 'https://logfire.example', token: 'pylf_v1_x' })
  })

  test.each([
    ['SPAN_ARTIFACTS_MAX_QUEUE_BYTES', 'lots'],
    ['SPAN_ARTIFACTS_MAX_QUEUE_BYTES', '-1'],
    ['SPAN_ARTIFACTS_MAX_QUEUE_BYTES', '1e3'],
    ['SPAN_ARTIFACTS_ENDPOINT', 'nowhere'],
    ['SPAN_ARTIFACTS_ENDPOINT', 'https://user:hunter2@example.com'],
    ['SPAN_ARTIFACTS_TOKEN', 'hunter2 hunter2'],
  ])('with a bad value of %s is ignored', (name, value) => {
    vi.stubEnv('SPAN_ARTIFACTS_TOKEN', '')
    vi.stubEnv('LOGFIRE_TOKEN', '')
    vi.stubEnv('LOGFIRE_BASE_URL', '')
    vi.stubEnv(name, value)
    expect(resolveConfiguration()).toMatchObject({
      endpoint: 'http://127.0.0.1:4319',
      token: undefined,
      limits: { maxQueueBytes: 67_108_864 },
    })
  })
})

test('a bad value in the environment warns by name, and never repeats a secret', async () => {
  const warnings = collectWarnings()
  vi.stubEnv('SPAN_ARTIFACTS_TOKEN', 'hunter2 hunter2')
  // A fresh module: warnings with the same code are coalesced over the whole process.
  vi.resetModules()
  const { resolveConfiguration: resolve } = await import('./config.js')
  resolve()
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('SPAN_ARTIFACTS_TOKEN')
  expect(warnings[0]).not.toContain('hunter2')
})

describe('the client of the process', () => {
  test('is made from the environment when it is first asked for, and is then the same', () => {
    const client = artifactClient()
    expect(client).toBeInstanceOf(ArtifactClient)
    expect(artifactClient()).toBe(client)
  })

  test('is the one that was configured last; the former one is shut down', async () => {
    const former = configureArtifacts({ maxQueueBytes: 1 })
    const current = configureArtifacts({ maxQueueBytes: 2 })
    expect(artifactClient()).toBe(current)
    expect(current.limits.maxQueueBytes).toBe(2)
    await former.shutdown()
    onTestFinished(() => current.shutdown())
  })

  test('stays when a new one is configured badly', () => {
    const current = configureArtifacts({ maxQueueBytes: 3 })
    expect(() => configureArtifacts({ maxQueueBytes: -3 })).toThrow(/maxQueueBytes/)
    expect(artifactClient()).toBe(current)
    onTestFinished(() => current.shutdown())
  })
})
