import { isIP } from 'node:net'
import { type GitUrl, parseGitUrl } from '@stevedore/contract'
import { locateHost, notAllowed } from '../address/locate-host.ts'

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
export async function locateRemote(url: string, rules: RemoteRules, resolve?: Resolve): Promise<Remote> {
  const parsed = parseGitUrl(url)
  if (!parsed) throw notAllowed('not an https, ssh or file address')
  if (parsed.scheme === 'file') return locateFile(url, rules)
  if (parsed.scheme === 'http' && !rules.allowedHosts.includes(parsed.host))
    throw notAllowed('plain http is not taken: use https')
  const lookUp =
    resolve && (async (host: string) => (await resolve(host)).map((address) => ({ address, family: isIP(address) })))
  const found = await locateHost(parsed.host, rules.allowedHosts, lookUp)
  const addresses = found.map(({ address }) => address)
  return { url, ...parsed, port: portOf(url, parsed.scheme), addresses }
}

function locateFile(url: string, rules: RemoteRules): Remote {
  if (!rules.allowFile) throw notAllowed('file addresses are not taken here')
  return { url, scheme: 'file', host: '', port: 0, addresses: [] }
}

const ports = { https: 443, http: 80, ssh: 22, file: 0 } as const

/** The scp form (`git@host:path`) is no URL and has no port. */
function portOf(url: string, scheme: GitUrl['scheme']): number {
  return Number((URL.canParse(url) && new URL(url).port) || ports[scheme])
}
