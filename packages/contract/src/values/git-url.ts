import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { refusal } from './names.ts'

/**
 * Where a repository is: `https://…`, `ssh://…`, `git@host:path`, or `file:///…` (which the server must allow).
 * Credentials never stand in the address.
 */
export const gitUrl = z
  .string()
  .max(2_000)
  .refine(
    (text) => parseGitUrl(text) !== undefined,
    refusal('invalid-repo-url', 'https, ssh or file; no other transport'),
  )
  .refine((text) => !hasCredentials(text), refusal('credentials-in-url', 'credentials belong in a stored secret'))

export interface GitUrl {
  scheme: 'https' | 'http' | 'ssh' | 'file'
  /** As the URL standard normalizes it: `0x7f000001` is `127.0.0.1`. Empty for `file`. */
  host: string
}

const plain = /^[A-Za-z0-9._~:/@%+[\]-]+$/
const scpForm = /^[a-z_][a-z0-9_-]*@([A-Za-z0-9.-]+):[A-Za-z0-9._~/-]+$/

/** The parts that decide whether an address may be fetched, or undefined when it is none that Stevedore knows. */
export function parseGitUrl(text: string): GitUrl | undefined {
  if (!plain.test(text) || text.startsWith('-') || text.includes('::/') || /^[a-z]+::/i.test(text)) return undefined
  const scp = scpForm.exec(text)
  if (scp?.[1]) return toGitUrl('ssh', scp[1])
  if (!/^(https?|ssh|file):\/\//.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const scheme = url.protocol.slice(0, -1) as GitUrl['scheme']
  return scheme === 'file' ? { scheme, host: normalizeHost(url.hostname) } : toGitUrl(scheme, url.hostname)
}

function toGitUrl(scheme: GitUrl['scheme'], written: string): GitUrl | undefined {
  const host = normalizeHost(written)
  return isIP(host) || isHostName(host) ? { scheme, host } : undefined
}

/** A name without a final dot, of which no part reads as an option. */
function isHostName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
}

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')
}

/** `0x7f000001` is `127.0.0.1`, `[::1]` is `::1`: `ssh:` URLs and references of images keep what was written; resolvers do not. */
export function normalizeHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  const asHttp = `http://${bare.includes(':') ? `[${bare}]` : bare}/`
  return URL.canParse(asHttp) ? new URL(asHttp).hostname.replace(/^\[|\]$/g, '') : bare
}

const unroutable = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  unroutable.addSubnet(network, prefix, 'ipv4')
/** With those that carry an IPv4 address inside, which a translator on the way takes out: a network's own NAT64, 6to4, Teredo. */
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['ff00::', 8],
] as const)
  unroutable.addSubnet(network, prefix, 'ipv6')

/** Link-local networks, and the addresses elsewhere that clouds serve their metadata on, where machines get their credentials. */
export const metadataNetworks = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
] as const
const metadata = new BlockList()
for (const network of metadataNetworks) {
  const [start = '', prefix] = network.split('/')
  metadata.addSubnet(start, Number(prefix), isIP(start) === 6 ? 'ipv6' : 'ipv4')
}

/** NAT64 of all networks (RFC 6052): where there is no IPv4, a resolver puts each public IPv4 address into it. */
const nat64 = new BlockList()
nat64.addSubnet('64:ff9b::', 96, 'ipv6')

/** `never` cannot be allowed by an operator (cloud metadata lives there); `private` can; `public` needs no leave. */
export type AddressReach = 'public' | 'private' | 'never'

/** How far an IP address reaches; one of NAT64, as far as the one inside. Both block lists see through IPv4-mapped IPv6 addresses. */
export function classifyAddress(address: string): AddressReach {
  if (isIP(address) === 6 && nat64.check(address, 'ipv6')) return classifyAddress(readLastBits(address))
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (metadata.check(address, family)) return 'never'
  return unroutable.check(address, family) ? 'private' : 'public'
}

/** The IPv4 address in the last 32 bits, as `::ffff:` and those: both block lists see through it. */
function readLastBits(address: string): string {
  const bare = normalizeHost(address.split('%', 1)[0] ?? address)
  const [, high = '0', low = '0'] = /([0-9a-f]{0,4}):([0-9a-f]{0,4})$/.exec(bare) ?? []
  return `::ffff:${high || '0'}:${low || '0'}`
}

/**
 * Whether a host, as written in an address, may be contacted. A name is judged again when it has been resolved.
 * @param allowed host names and addresses that the operator vouches for
 */
export function isHostAllowed(written: string, allowed: readonly string[]): boolean {
  // With a final dot it is the same host.
  const host = normalizeHost(written.replace(/\.$/, ''))
  if (isIP(host)) {
    const reach = classifyAddress(host)
    return reach === 'public' || (reach === 'private' && allowed.includes(host))
  }
  const local = host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal') || !host.includes('.')
  return !local || allowed.includes(host)
}

/**
 * Whether an address that a host's name led to may be contacted: a name that leads inside is as forbidden as the address itself, unless
 * the operator vouches for the name or the address.
 */
export function isAddressAllowed(host: string, address: string, allowed: readonly string[]): boolean {
  const reach = classifyAddress(address)
  return reach === 'public' || (reach === 'private' && (allowed.includes(host) || allowed.includes(address)))
}

/**
 * The same for registries and metrics, which live on private networks by nature: names that clouds serve their metadata under are out of
 * reach, whoever vouches for them.
 */
export function isContactAllowed(host: string, allowed: readonly string[]): boolean {
  return isHostAllowed(host, allowed) && !/^(metadata|instance-data)(\.|$)/.test(normalizeHost(host))
}
