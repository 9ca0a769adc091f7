import type { ConfigurableModuleAsyncOptions } from '@nestjs/common'
import type { HttpCaptureOptions } from '@span-artifacts/http'

/** The token under which the options of `ArtifactsModule` are injected. */
export const ARTIFACTS_OPTIONS: unique symbol = Symbol.for('span-artifacts.nestjs.options')

/** What concerns the module itself. */
export interface ArtifactsModuleExtras {
  /** Whether `ArtifactInterceptor` and the options can be injected without importing the module. Default `true`. */
  readonly isGlobal?: boolean
}

/** What `ArtifactsModule.forRoot()` takes. */
export type ArtifactsModuleOptions = HttpCaptureOptions & ArtifactsModuleExtras

/** What `ArtifactsModule.forRootAsync()` takes: `useFactory` with `inject`, `useClass` or `useExisting`, as in Nest. */
export type ArtifactsModuleAsyncOptions = ConfigurableModuleAsyncOptions<HttpCaptureOptions> & ArtifactsModuleExtras
