import { detectContentType, isContentType } from './content-type.js'
import { diagnostics } from './diagnostics.js'
import type { ArtifactSource } from './source.js'

/**
 * The media type of an artifact: what the caller says, else what its source declares, else what name and bytes tell.
 *
 * @param given by the caller; one that is none is reported and ignored
 */
export function chooseContentType(
  source: ArtifactSource,
  filename: string | undefined,
  given: string | undefined,
): string {
  const { head, description } = source
  if (given !== undefined && !isContentType(given)) {
    diagnostics.warn('invalid_option', 'the option contentType is not a media type such as image/png; it is ignored')
  }
  for (const declared of [given, description.contentType]) {
    if (declared !== undefined && isContentType(declared)) return declared
  }
  return detectContentType(head, { filename, fallback: description.fallbackContentType })
}
