import { digestOf } from '../upload/digest-of'

/** The same without capture: what it costs is the difference. */
export const POST = async (request: Request): Promise<Response> => Response.json(await digestOf(request))
