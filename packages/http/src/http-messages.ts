import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request as a server gets it: from `node:http`, `node:https`, or the compatibility API of `node:http2`. */
export type CapturedRequest = IncomingMessage | Http2ServerRequest

/** A response as a server sends it: through `node:http`, `node:https`, or the compatibility API of `node:http2`. */
export type CapturedResponse = ServerResponse | Http2ServerResponse
