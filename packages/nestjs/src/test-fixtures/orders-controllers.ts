import {
  Body,
  Controller,
  Get,
  Headers,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { map, of, throwError, type Observable } from 'rxjs'
import { CaptureArtifacts, SkipArtifacts } from '../index.js'

/** Stands in for what no log may show. */
export const SECRET = 'hunter2-correct-horse'

@Injectable()
export class Greeting {
  readonly word = 'hello'
}

/** Replaces what a handler returned, as a serializer does. */
export class HidingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    return next.handle().pipe(map((value) => ({ ...value, hidden: undefined })))
  }
}

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    return false
  }
}

class Item {
  constructor(
    readonly id: number,
    readonly name: string,
  ) {}
}

@Controller('orders')
export class OrdersController {
  readonly #greeting: Greeting

  constructor(@Inject(Greeting) greeting: Greeting) {
    this.#greeting = greeting
  }

  @Post('plain') plain(@Body() body: unknown): unknown {
    return body
  }

  @Post(':id/detailed')
  @CaptureArtifacts({ arguments: true, result: true })
  detailed(@Param('id', ParseIntPipe) id: number, @Body() body: { readonly name: string }): object {
    return { greeting: this.#greeting.word, item: new Item(id, body.name), at: new Date(0), big: 12n ** 20n > 0 }
  }

  // Above and below the route's own decorator: both work.
  @CaptureArtifacts({ arguments: true })
  @Get('above')
  above(@Query('q') query: string): string {
    return query
  }

  @Get('live')
  @CaptureArtifacts({ arguments: true, result: true })
  live(@Req() request: object, @Res({ passthrough: true }) response: object): StreamableFile {
    const { length } = [request, response]
    return new StreamableFile(Buffer.from('x'.repeat(length)), { type: 'text/plain' })
  }

  @Get('observable') @CaptureArtifacts({ result: true }) observable(): Observable<number> {
    return of(1, 2, 3)
  }

  @Get('failing') @CaptureArtifacts({ result: true, arguments: true }) failing(): Observable<never> {
    return throwError(() => new Error('nothing to see'))
  }

  @Get('hiding')
  @CaptureArtifacts({ result: true })
  @UseInterceptors(HidingInterceptor)
  hiding(): object {
    return { shown: 1, hidden: 'a column of the database' }
  }

  @Get('shown') @CaptureArtifacts({ result: true }) shown(): object {
    return { shown: 2, hidden: 'another column' }
  }

  @Get('hostile')
  @CaptureArtifacts({ result: true, response: false })
  hostile(@Res({ passthrough: true }) _response: unknown): object {
    let first = true
    return {
      // Nest may read it, we may not.
      toJSON: () => {
        if (!first) return { fine: true }
        first = false
        throw new Error(SECRET)
      },
    }
  }

  @Post('secret')
  @CaptureArtifacts({ arguments: true, result: true })
  secret(@Body() body: { readonly password: string }): object {
    return { user: 'ada', access_token: body.password }
  }

  @Post('login/:token')
  @CaptureArtifacts({ arguments: true })
  login(
    @Body('user') user: string,
    @Body('password') password: string,
    @Headers('authorization') authorization: string,
    @Param('token') token: string,
    @Query('personal_number') personalNumber: string,
    @Query() query: object,
  ): object {
    return { parameters: [user, password, authorization, token, personalNumber, query].length }
  }

  @Post('renamed')
  @CaptureArtifacts({
    result: true,
    previewBytes: 6,
    attributeNames: { requestBody: 'order.request', responseBody: 'order.response', result: 'order.result' },
  })
  renamed(@Body() body: unknown): unknown {
    return body
  }

  @Post('limited')
  @CaptureArtifacts({ maxBodyBytes: 20 })
  limited(@Body() body: unknown): unknown {
    return { body, more: 'than twenty bytes' }
  }

  @Post('answer-only') @CaptureArtifacts({ request: false }) answerOnly(@Body() body: unknown): unknown {
    return [body]
  }

  @Post('everything') @CaptureArtifacts({ request: true, response: true }) everything(@Body() body: unknown): unknown {
    return [body]
  }

  @Post('skipped') @SkipArtifacts() skipped(@Body() body: unknown): unknown {
    return body
  }

  @Post('disabled') @CaptureArtifacts({ enabled: false }) disabled(@Body() body: unknown): unknown {
    return body
  }

  @Post('both') @SkipArtifacts() @CaptureArtifacts({ result: true, arguments: true }) both(
    @Body() body: unknown,
  ): unknown {
    return body
  }

  @Post('guarded') @UseGuards(RefusingGuard) guarded(@Body() body: unknown): unknown {
    return body
  }

  @Post('skipped-guarded') @SkipArtifacts() @UseGuards(RefusingGuard) skippedGuarded(@Body() body: unknown): unknown {
    return body
  }

  @Post('skipped-failing') @SkipArtifacts() skippedFailing(@Body() body: unknown): never {
    throw new Error(JSON.stringify(body))
  }
}

class InheritedController {
  @Post('inherited') inherited(@Body() body: unknown): unknown {
    return body
  }
}

@CaptureArtifacts({ arguments: true, result: true, attributeNames: { result: 'class.result' } })
@Controller('class')
export class DecoratedController extends InheritedController {
  @Get('own/:id') own(@Param('id') id: string): string {
    return this.notAHandler(id)
  }

  @Get('quiet') @CaptureArtifacts({ result: false, arguments: false }) quiet(): string {
    return 'quiet'
  }

  notAHandler(text: string): string {
    return `<${text}>`
  }
}

@Controller('plain')
export class PlainController extends InheritedController {}

@SkipArtifacts()
@Controller('private')
export class PrivateController {
  @Post('one') one(@Body() body: unknown): unknown {
    return body
  }

  @Post('public') @CaptureArtifacts() public(@Body() body: unknown): unknown {
    return body
  }
}

/** Says for the controllers that extend it what is captured of them. */
@CaptureArtifacts({ arguments: true })
class BaseController {
  @Post('created') create(@Body() body: object): unknown {
    return body
  }

  @Post('secret') @SkipArtifacts() secret(@Body() body: object): unknown {
    return body
  }
}

@Controller('extending')
export class ExtendingController extends BaseController {
  @Post('created') override create(@Body() body: object): unknown {
    return super.create({ ...body, internal: true })
  }

  @Post('own') own(@Body() body: object): unknown {
    return this.secret({ card: body })
  }
}
