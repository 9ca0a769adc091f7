import { expect, test } from 'vitest'
import { describeModels } from './describe-models.js'
import { chooseModels } from './models.js'

test.each([
  ['no key', {}, 'local'],
  ['empty keys', { AI_GATEWAY_API_KEY: '', OPENAI_API_KEY: '' }, 'local'],
  ['a key of OpenAI', { OPENAI_API_KEY: 'secret-1' }, 'openai.responses'],
  ['a key of the gateway', { AI_GATEWAY_API_KEY: 'secret-2' }, 'gateway'],
  ['both', { AI_GATEWAY_API_KEY: 'secret-2', OPENAI_API_KEY: 'secret-1' }, 'gateway'],
])('with %s, the models are those of the right provider', (_case, environment, provider) => {
  const models = chooseModels(environment)
  expect(models.language.provider).toBe(provider)
  expect(models.transcription.provider).toContain(provider.split('.', 1)[0])
  expect(models.isLocal).toBe(provider === 'local')
  expect(describeModels(models)).toContain(models.isLocal ? 'local model, a stand-in' : 'gpt-5-mini by ')
  expect(describeModels(models)).not.toContain('secret')
})
