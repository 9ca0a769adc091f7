import { ArtifactConfigurationError } from '@span-artifacts/core'
import { properties } from './properties.js'
import type { HttpCaptureOptions } from './options.js'

const OPTION_NAMES: Record<keyof HttpCaptureOptions, true> = {
  client: true,
  request: true,
  response: true,
  files: true,
  contentTypes: true,
  maxBodyBytes: true,
  maxFileBytes: true,
  ignore: true,
  shouldCapture: true,
  redact: true,
  previewBytes: true,
  attributeNames: true,
}

/**
 * Copies options to an object that can be spread: options may be an instance of a class of the application, whose methods
 * and getters a spread leaves out.
 *
 * @throws ArtifactConfigurationError where the options are no object
 */
export function ownOptions(options: HttpCaptureOptions): HttpCaptureOptions {
  if (typeof options !== 'object' || options === null) {
    const message = 'The options of an HTTP capture must be an object.'
    throw new ArtifactConfigurationError('invalid_option', 'options', message)
  }
  // What is not known is copied too, to be refused by its name.
  const own: Record<string, unknown> = { ...options }
  for (const name of Object.keys(OPTION_NAMES)) {
    const value = properties(options)[name]
    if (value !== undefined) own[name] = typeof value === 'function' ? value.bind(options) : value
  }
  return own
}
