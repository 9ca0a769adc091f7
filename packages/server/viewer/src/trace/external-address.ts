const longestAddress = 2048

/**
 * The address of a link for an attribute's value, or `undefined` if it must stay text. Only whole http and https
 * addresses without a user name in them: `javascript:`, `data:` and `https://bank.example@evil.example` stay text.
 */
export function externalAddress(value: string): string | undefined {
  if (value.length > longestAddress || !/^https?:\/\/\S+$/.test(value)) return undefined
  try {
    const url = new URL(value)
    const web = url.protocol === 'http:' || url.protocol === 'https:'
    return web && url.username === '' && url.password === '' ? url.href : undefined
  } catch {
    return undefined
  }
}
