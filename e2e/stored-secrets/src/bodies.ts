import { multipart } from '@span-artifacts/http-testing'
import { gzipSync } from 'node:zlib'
import { SECRETS } from './secrets.js'

/** A body that holds every secret, and a word that tells that it was stored. */
export interface SecretBody {
  readonly sentence: string
  readonly contentType: string
  readonly contentEncoding?: string
  readonly bytes: Buffer
}

const { password, apiKey, token, creditCard, cvc, ssn } = SECRETS

/** What an account looks like that nobody but its owner should see. */
export const account = {
  user: 'ada',
  Password: password,
  keys: [{ api_key: apiKey, note: 'for the shop' }],
  'access-token': { value: token, kind: 'jwt' },
  payment: { creditCard: { number: creditCard, name: 'A. Lovelace' }, cvc },
  ssn,
}
const json = JSON.stringify(account)
const fields = { user: 'ada', password, api_key: apiKey, access_token: token, 'credit-card': creditCard, cvc, ssn }
const form = multipart([
  ...Object.entries(fields).map(([name, content]) => ({ name, content })),
  { name: 'account', content: json },
  { name: 'photo', filename: 'photo.png', contentType: 'image/png', content: 'a harmless photo' },
])

/** Bodies of every kind that is looked into. */
export const bodies: readonly SecretBody[] = [
  { sentence: 'JSON', contentType: 'application/json', bytes: Buffer.from(json) },
  { sentence: 'JSON in gzip', contentType: 'application/json', contentEncoding: 'gzip', bytes: gzipSync(json) },
  {
    sentence: 'JSON over many lines',
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(account, null, 2)),
  },
  {
    sentence: 'a form',
    contentType: 'application/x-www-form-urlencoded',
    bytes: Buffer.from(new URLSearchParams({ ...fields, account: json }).toString()),
  },
  { sentence: 'a multipart form', contentType: form.headers['content-type'], bytes: form.body },
]
