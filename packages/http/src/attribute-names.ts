/**
 * The span attributes that a captured exchange sets. The `http.*` names are those of the OpenTelemetry semantic
 * conventions' proposal for bodies; the others belong to this project.
 */
export interface HttpAttributeNames {
  /** Reference of the request body. Default `span_artifacts.http.request.body`. */
  readonly requestBody: string
  /** Reference of the response body. Default `span_artifacts.http.response.body`. */
  readonly responseBody: string
  /** JSON array of the references of uploaded files. Default `span_artifacts.http.request.files`. */
  readonly requestFiles: string
  /** URL of the stored request body, for any backend. Default `http.request.body.content_ref`. */
  readonly requestContentReference: string
  /** URL of the stored response body, for any backend. Default `http.response.body.content_ref`. */
  readonly responseContentReference: string
  /** Text preview of the request body, see `previewBytes`. Default `http.request.body.content`. */
  readonly requestContent: string
  /** Text preview of the response body, see `previewBytes`. Default `http.response.body.content`. */
  readonly responseContent: string
}

/** The names that are used where `attributeNames` says nothing else. */
export const DEFAULT_ATTRIBUTE_NAMES: HttpAttributeNames = Object.freeze({
  requestBody: 'span_artifacts.http.request.body',
  responseBody: 'span_artifacts.http.response.body',
  requestFiles: 'span_artifacts.http.request.files',
  requestContentReference: 'http.request.body.content_ref',
  responseContentReference: 'http.response.body.content_ref',
  requestContent: 'http.request.body.content',
  responseContent: 'http.response.body.content',
})
