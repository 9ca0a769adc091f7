import { OpenTelemetry } from '@ai-sdk/otel'
import type { Tracer } from '@opentelemetry/api'
import type { LanguageModelMiddleware as Middleware5, Provider as Provider5 } from 'ai5'
import { generateText as generateText5, wrapLanguageModel as wrap5 } from 'ai5'
import { MockLanguageModelV2 } from 'ai5/test'
import { generateText as generateText6, wrapLanguageModel as wrap6 } from 'ai6'
import type { LanguageModelMiddleware as Middleware6 } from 'ai6'
import { MockLanguageModelV3 } from 'ai6/test'
import { generateText as generateText7, registerTelemetry, wrapLanguageModel as wrap7 } from 'ai7'
import type { LanguageModelMiddleware as Middleware7 } from 'ai7'
import { MockLanguageModelV4 } from 'ai7/test'
import { expectTypeOf, test } from 'vitest'
import { artifactMiddleware, createArtifactTelemetry, wrapModel, wrapProvider } from './index.js'

const artifacts = createArtifactTelemetry()

test('one middleware fits all three versions', () => {
  expectTypeOf(artifactMiddleware()).toExtend<Middleware5>()
  expectTypeOf(artifactMiddleware()).toExtend<Middleware6>()
  expectTypeOf(artifactMiddleware()).toExtend<Middleware7>()
  wrap5({ model: new MockLanguageModelV2(), middleware: artifactMiddleware() })
  wrap6({ model: new MockLanguageModelV3(), middleware: artifactMiddleware() })
  wrap7({ model: new MockLanguageModelV4(), middleware: [artifactMiddleware()] })
})

test('the settings and the tracer fit experimental_telemetry', () => {
  const prompt = 'x'
  expectTypeOf(artifacts.settings({ isEnabled: true, functionId: 'f' })).toExtend<{
    functionId: string
    tracer: Tracer
  }>()
  void generateText5({
    model: new MockLanguageModelV2(),
    prompt,
    experimental_telemetry: artifacts.settings({ isEnabled: true }),
  })
  void generateText6({
    model: new MockLanguageModelV3(),
    prompt,
    experimental_telemetry: artifacts.settings({ isEnabled: true }),
  })
  void generateText6({
    model: new MockLanguageModelV3(),
    prompt,
    experimental_telemetry: { isEnabled: true, tracer: artifacts.tracer() },
  })
})

test('the integration keeps its type', () => {
  const integration = artifacts.telemetry((tracer) => new OpenTelemetry({ tracer }))
  expectTypeOf(integration).toEqualTypeOf<OpenTelemetry>()
  registerTelemetry(integration)
  void generateText7({ model: new MockLanguageModelV4(), prompt: 'x', telemetry: { integrations: [integration] } })
})

test('models and providers keep their types', () => {
  expectTypeOf(wrapModel(new MockLanguageModelV4())).toEqualTypeOf<MockLanguageModelV4>()
  expectTypeOf(artifacts.wrapModel('openai/gpt-5' as const)).toEqualTypeOf<'openai/gpt-5'>()
  expectTypeOf(wrapProvider<Provider5>).returns.toEqualTypeOf<Provider5>()
})
