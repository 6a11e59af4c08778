import { FailureError, isHostAllowed } from '@stevedore/contract'
import type { RegistryCredential } from '@stevedore/engine'
import { toRegistryError } from '../../failure/registry.ts'

export interface Challenge {
  /** `Basic`, or `Bearer` with a server that gives tokens. */
  scheme: string
  parameters: Record<string, string>
}

/** Reads `WWW-Authenticate`: `Bearer realm="https://auth.example/token",service="registry"`. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(header ?? '') ?? []
  if (!scheme) return undefined
  const pairs = [...rest.matchAll(/(?<!\w)(\w{1,50})="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  )
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(pairs) }
}

interface Question {
  registry: string
  challenge: Challenge
  /** `repository:acme/shop:pull`. */
  scope: string
  credential: RegistryCredential | undefined
  send(url: URL, headers: Record<string, string>): Promise<Response>
}

/**
 * The Authorization header that answers a challenge; undefined when there is nothing to answer with.
 * @throws FailureError `registry-denied` when the token server says no or is none to trust
 */
export async function authorize({
  registry,
  challenge,
  scope,
  credential,
  send,
}: Question): Promise<string | undefined> {
  if (challenge.scheme === 'basic') return credential && basic(credential)
  if (challenge.scheme !== 'bearer') return undefined
  const url = tokenUrl(registry, challenge, scope)
  const response = await send(url, credential ? { authorization: basic(credential) } : {})
  if (!response.ok) throw toRegistryError(response, await response.text())
  const { token, access_token } = (await response.json()) as { token?: string; access_token?: string }
  return token || access_token ? `Bearer ${token ?? access_token}` : undefined
}

/** The registry chooses who gets the credential: never in the clear unless it is itself, and never a host of a private network. */
function tokenUrl(registry: string, { parameters }: Challenge, scope: string): URL {
  const realm = parameters.realm ?? ''
  const host = registry.replace(/:\d+$/, '')
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  const isOwn = url?.hostname === host
  if (
    !url ||
    !(url.protocol === 'https:' || (url.protocol === 'http:' && isOwn)) ||
    !(isOwn || isHostAllowed(url.hostname, []))
  )
    throw new FailureError('registry-denied', { diagnosis: `${registry} sends the sign-in to ${realm || 'nowhere'}` })
  if (parameters.service) url.searchParams.set('service', parameters.service)
  url.searchParams.set('scope', scope)
  return url
}

function basic({ username, password }: RegistryCredential): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
