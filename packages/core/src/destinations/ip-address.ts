/** What kind of place an address is, as far as sending data there is concerned. */
export type AddressScope = 'loopback' | 'private' | 'public'

const IPV4_PATTERN = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** Host names that never leave the machine or its network: RFC 6761, RFC 6762, RFC 9476 and ICANN's `.internal`. */
const loopbackNames = /^(?:.+\.)?localhost$/
const privateNames = /\.(?:local|internal|home\.arpa|lan)$/

/**
 * Classifies a host: an IP address (IPv6 with or without brackets) or a name. A name says `public` unless its ending
 * gives it away; resolve it to know more.
 */
export function hostScope(host: string): AddressScope {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  const ipv4 = parseIpv4(name)
  if (ipv4 !== undefined) return ipv4Scope(ipv4)
  if (name.includes(':')) return ipv6Scope(name)
  if (loopbackNames.test(name)) return 'loopback'
  return privateNames.test(name) ? 'private' : 'public'
}

/** The special-purpose blocks of RFC 6890 that are not globally reachable, and multicast. */
function ipv4Scope([first, second, third]: readonly number[]): AddressScope {
  if (first === undefined || second === undefined) return 'private'
  if (first === 127) return 'loopback'
  const isPrivate =
    first === 0 ||
    first === 10 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 0 && third === 0) ||
    (first === 192 && second === 168) ||
    (first === 198 && (second === 18 || second === 19)) ||
    first >= 224
  return isPrivate ? 'private' : 'public'
}

function ipv6Scope(address: string): AddressScope {
  const groups = parseIpv6(address)
  if (groups === undefined) return 'private'
  const [first = 0] = groups
  const leadingZeros = groups.findIndex((group) => group !== 0)
  if (leadingZeros === 7 && groups[7] === 1) return 'loopback'
  // IPv4-mapped (RFC 4291) and NAT64 (RFC 6052) addresses lead to the IPv4 address that they hold.
  const isMapped = leadingZeros === 5 && groups[5] === 0xffff
  const isNat64 = first === 0x64 && groups[1] === 0xff9b
  if (isMapped || isNat64) {
    const [high = 0, low = 0] = groups.slice(6)
    return ipv4Scope([high >> 8, high & 0xff, low >> 8, low & 0xff])
  }
  // Only 2000::/3 is global unicast: RFC 4291 section 2.4.
  return first >> 13 === 1 ? 'public' : 'private'
}

function parseIpv4(text: string): number[] | undefined {
  const octets = IPV4_PATTERN.exec(text)?.slice(1).map(Number)
  return octets?.every((octet) => octet < 256) === true ? octets : undefined
}

/** @returns eight groups of 16 bits */
function parseIpv6(text: string): number[] | undefined {
  // The URL parser knows every way to write one, and writes IPv4 endings as groups; zone ids are no part of a URL.
  const url = `http://[${text.replace(/%.*$/, '')}]/`
  if (!URL.canParse(url)) return undefined
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::')
  const front = parseGroups(head)
  const back = tail === undefined ? [] : parseGroups(tail)
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back]
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
