import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { classifyAddress, FailureError, type GitUrl, isHostAllowed, parseGitUrl } from '@stevedore/contract'

/** A repository whose address has been judged. */
export interface Remote {
  url: string
  scheme: GitUrl['scheme']
  host: string
  port: number
  /** Where the host may be reached, resolved once: nothing may be looked up again. Empty for `file`. */
  addresses: string[]
}

export interface RemoteRules {
  /** Host names and addresses on private networks that the operator vouches for. */
  allowedHosts: readonly string[]
  /** Whether `file://` is taken. */
  allowFile: boolean
}

type Resolve = (host: string) => Promise<string[]>

/**
 * Judges an address and resolves its host. Plain http is only for hosts that the operator vouches for.
 * @throws FailureError `address-not-allowed`, `source-unreachable`
 */
export async function locateRemote(url: string, rules: RemoteRules, resolve: Resolve = resolveHost): Promise<Remote> {
  const parsed = parseGitUrl(url)
  if (!parsed) throw notAllowed('not an https, ssh or file address')
  if (parsed.scheme === 'file') return locateFile(url, rules)
  if (!isHostAllowed(parsed.host, rules.allowedHosts)) throw notAllowed(`${parsed.host} is on a private network`)
  if (parsed.scheme === 'http' && !rules.allowedHosts.includes(parsed.host))
    throw notAllowed('plain http is not taken: use https')
  const addresses = isIP(parsed.host) ? [parsed.host] : await resolve(parsed.host)
  for (const address of addresses) checkAddress(parsed.host, address, rules.allowedHosts)
  return { url, ...parsed, port: portOf(url, parsed.scheme), addresses }
}

function locateFile(url: string, rules: RemoteRules): Remote {
  if (!rules.allowFile) throw notAllowed('file addresses are not taken here')
  return { url, scheme: 'file', host: '', port: 0, addresses: [] }
}

/** A name that leads inside is as forbidden as the address itself, unless the operator vouches for the name or the address. */
function checkAddress(host: string, address: string, allowedHosts: readonly string[]): void {
  const reach = classifyAddress(address)
  const vouched = allowedHosts.includes(host) || allowedHosts.includes(address)
  if (reach === 'never' || (reach === 'private' && !vouched)) throw notAllowed(`${host} leads to ${address}`)
}

const ports = { https: 443, http: 80, ssh: 22, file: 0 } as const

/** The scp form (`git@host:path`) is no URL and has no port. */
function portOf(url: string, scheme: GitUrl['scheme']): number {
  return Number((URL.canParse(url) && new URL(url).port) || ports[scheme])
}

async function resolveHost(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, verbatim: false }).catch((cause) => {
    throw new FailureError('source-unreachable', { diagnosis: `${host} has no address`, cause })
  })
  return found.map(({ address }) => address)
}

function notAllowed(diagnosis: string): FailureError {
  return new FailureError('address-not-allowed', { diagnosis })
}
