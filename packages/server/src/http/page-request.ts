import type { PageRequest } from '../storage/catalog/page.js'
import { invalidRequest } from './api-error.js'

const defaultLimit = 50
const maxLimit = 500

/**
 * Reads `limit` and `cursor` of a listing.
 *
 * @throws ApiError 400
 */
export function parsePageRequest(query: { limit?: string | undefined; cursor?: string | undefined }): PageRequest {
  const { limit: limitText = String(defaultLimit), cursor } = query
  const limit = /^\d{1,4}$/.test(limitText) ? Number(limitText) : 0
  if (limit < 1 || limit > maxLimit) throw invalidRequest(`limit: must be a whole number from 1 to ${maxLimit}`)
  return { limit, ...(cursor !== undefined && cursor !== '' && { cursor }) }
}
