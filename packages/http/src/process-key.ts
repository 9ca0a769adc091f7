const PROCESS_KEY_BYTES = 32

/**
 * Comes before the content where a digest must tell nobody what the content is: equal bodies can be told to be equal, and nobody
 * can confirm a guessed password by hashing.
 */
export const processKey: Uint8Array = crypto.getRandomValues(new Uint8Array(PROCESS_KEY_BYTES))
