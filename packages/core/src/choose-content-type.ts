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
  if (given !== undefined) {
    if (isContentType(given)) return given
    diagnostics.warn('invalid_option', 'the option contentType is not a media type such as image/png; it is ignored')
  }
  const { contentType: declared, fallbackContentType: fallback } = source.description
  if (declared !== undefined && isContentType(declared)) return declared
  return detectContentType(source.head, { filename, fallback })
}
