import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { enterHandler } from './routed-exchange.js'

/** Lets everything pass. Guards are the first to know a handler, and a request that one refuses gets no further. */
@Injectable()
export class ArtifactGuard implements CanActivate {
  readonly #reflector: Reflector

  constructor(@Inject(Reflector) reflector: Reflector) {
    this.#reflector = reflector
  }

  canActivate(context: ExecutionContext): boolean {
    enterHandler(context, this.#reflector)
    return true
  }
}
