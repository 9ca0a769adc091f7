import { Controller, Get, Inject, Injectable, type DynamicModule, type NestInterceptor } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { expectTypeOf, test } from 'vitest'
import {
  ArtifactInterceptor,
  ArtifactsModule,
  CaptureArtifacts,
  SkipArtifacts,
  type CaptureArtifactsOptions,
  type HttpCaptureOptions,
} from './index.js'

@Injectable()
class Settings {
  readonly previewBytes: number = 4
}

test('the module takes the options of every adapter, and what Nest adds to them', () => {
  expectTypeOf(ArtifactsModule.forRoot()).toEqualTypeOf<DynamicModule>()
  ArtifactsModule.forRoot({ request: false, maxBodyBytes: 1, ignore: ({ url }) => url === '/health', isGlobal: false })
  // @ts-expect-error A misspelled option is no option.
  ArtifactsModule.forRoot({ maxBodySize: 1 })
  ArtifactsModule.forRootAsync({
    inject: [Settings],
    useFactory: ({ previewBytes }: Settings) => ({ previewBytes }),
    isGlobal: false,
  })
  // @ts-expect-error The factory gives options of the capture.
  ArtifactsModule.forRootAsync({ useFactory: () => ({ previewBytes: 'four' }) })
})

test('the decorators stand on controllers and on handlers', () => {
  @SkipArtifacts()
  @Controller()
  class Decorated {
    constructor(@Inject(Settings) readonly settings: Settings) {}

    @Get()
    @CaptureArtifacts({ arguments: true, attributeNames: { result: 'r', responseBody: 'b' } })
    handle(): string {
      return 'handled'
    }
  }
  expectTypeOf<Decorated['handle']>().returns.toEqualTypeOf<string>()
  expectTypeOf<CaptureArtifactsOptions['maxBodyBytes']>().toEqualTypeOf<number | undefined>()
  // @ts-expect-error The client belongs to the module.
  CaptureArtifacts({ client: undefined })
})

test('the interceptor is one of Nest’s, and can be made by hand', () => {
  expectTypeOf<ArtifactInterceptor>().toExtend<NestInterceptor>()
  const options: HttpCaptureOptions = { previewBytes: 1 }
  expectTypeOf(new ArtifactInterceptor(new Reflector(), options)).toEqualTypeOf<ArtifactInterceptor>()
})
