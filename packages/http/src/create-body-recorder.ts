import type { BodyRecorder } from './body-recorder.js'
import { needsInspection, type InspectionDetails } from './body-redaction.js'
import { InspectedBody } from './inspected-body.js'
import type { BodySettings } from './options.js'
import { StreamedBody } from './streamed-body.js'

/** Chooses how a body is recorded, once its headers and its first bytes are known. */
export function createBodyRecorder(details: InspectionDetails, settings: BodySettings): BodyRecorder {
  const { redactor } = settings
  return redactor !== undefined && needsInspection(details, redactor)
    ? new InspectedBody(settings, redactor)
    : new StreamedBody(settings)
}
