import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type App, type AppContext, type AppServices, authorize, maxJsonBytes } from '../app-context.js'
import { answerHeaders, jsonAnswer } from '../http/answers.js'
import { readJsonObject } from '../http/json-body.js'
import { parsePageRequest } from '../http/page-request.js'
import { artifactJson, artifactUseJson } from './artifact-json.js'
import { answerWithBlob } from './blob-answer.js'
import { answerWithDecodedBlob } from './decoded-blob-answer.js'
import { parseDecodeRequest } from './decode-request.js'
import { parseRegistration, parseSha256 } from './registration.js'
import { receiveUpload } from './upload.js'

/** How many of the places that refer to an artifact its metadata names. */
const maxArtifactUses = 100

/** The handshake (register, PUT, finalize) and the reading of artifacts. */
export function addArtifactRoutes(app: App, services: AppServices): void {
  const { artifacts, blobs, catalog, metrics, pace, publicUrl } = services

  app.post('/v1/artifacts', async (context) => {
    const { projectId } = await authorize(context, services, 'write')
    artifacts.admit(projectId)
    const { incoming, outgoing } = context.env
    const description = parseRegistration(await readJsonObject(incoming, outgoing, { maxBytes: maxJsonBytes, pace }))
    const status = await artifacts.register(projectId, description)
    metrics.countRegistration(status)
    const { sha256 } = description
    const url = `${baseUrl(context, publicUrl)}/v1/artifacts/${sha256}/blob`
    const upload = status === 'upload' ? { method: 'PUT', url, requires_auth: true } : null
    return jsonAnswer({ sha256, status, upload }, { status: 201 })
  })

  app.put('/v1/artifacts/:sha256/blob', async (context) => {
    const { projectId } = await authorize(context, services, 'write')
    const { incoming, outgoing } = context.env
    const upload = { artifacts, projectId, sha256: context.req.param('sha256'), pace }
    metrics.countUploadedBytes(await receiveUpload(incoming, outgoing, upload))
    return new Response(null, { status: 204, headers: answerHeaders })
  })

  app.post('/v1/artifacts/:sha256/finalize', async (context) => {
    const { projectId } = await authorize(context, services, 'write')
    const sha256 = parseSha256(context.req.param('sha256'))
    await artifacts.finalize(projectId, sha256)
    return jsonAnswer({ sha256, status: 'ready' })
  })

  app.get('/v1/artifacts', async (context) => {
    const { projectId } = await authorize(context, services, 'read')
    const page = await catalog.artifacts.list(projectId, parsePageRequest(context.req.query()))
    return jsonAnswer({ artifacts: page.items.map(artifactJson), next_cursor: page.nextCursor })
  })

  app.get('/v1/artifacts/:sha256', async (context) => {
    const { projectId } = await authorize(context, services, 'read')
    const artifact = await artifacts.ready(projectId, parseSha256(context.req.param('sha256')))
    const uses = await catalog.traces.uses(projectId, artifact.sha256, maxArtifactUses)
    return jsonAnswer({ ...artifactJson(artifact), references: uses.map(artifactUseJson) })
  })

  app.get('/v1/artifacts/:sha256/blob', async (context) => {
    const { projectId } = await authorize(context, services, 'read')
    const artifact = await artifacts.ready(projectId, parseSha256(context.req.param('sha256')))
    const decoding = parseDecodeRequest(context.req.query())
    const { incoming, outgoing } = context.env
    if (decoding === undefined) await answerWithBlob(incoming, outgoing, { blobs, artifact })
    else await answerWithDecodedBlob(incoming, outgoing, { blobs, artifact, decoding })
    return RESPONSE_ALREADY_SENT
  })
}

function baseUrl(context: AppContext, publicUrl: URL | undefined): string {
  return publicUrl?.href.replace(/\/$/, '') ?? new URL(context.req.url).origin
}
