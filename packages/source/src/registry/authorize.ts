import { FailureError } from '@stevedore/contract'
import { parseJson } from './manifest.ts'
import type { RegistryPlace, Send } from './place.ts'
import { toRegistryError } from './refusal.ts'

export interface RegistrySignIn {
  username: string
  password: string
}

export interface Challenge {
  /** `Basic`, or `Bearer` with a server that gives tokens. */
  scheme: string
  parameters: Record<string, string>
}

/** Reads `WWW-Authenticate`: `Bearer realm="https://auth.example/token",service="registry"`. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^(\w+)\s*(.*)$/s.exec(header ?? '') ?? []
  if (!scheme) return undefined
  const pairs = [...rest.matchAll(/\b(\w{1,50})="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
  )
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(pairs) }
}

interface Question {
  place: RegistryPlace
  challenge: Challenge
  /** `repository:acme/shop:pull`. */
  scope: string
  credential: RegistrySignIn | undefined
  send: Send
}

/**
 * The Authorization header that answers a challenge; undefined when there is nothing to answer with.
 * @throws FailureError `registry-denied` when the token server says no or is none to trust
 */
export async function authorize({ place, challenge, scope, credential, send }: Question): Promise<string | undefined> {
  if (challenge.scheme === 'basic') return credential && basic(credential)
  if (challenge.scheme !== 'bearer') return undefined
  const url = tokenUrl(place, challenge, scope, credential !== undefined)
  const answer = await send(url, credential ? { authorization: basic(credential) } : {})
  if (answer.status < 200 || answer.status > 299) throw toRegistryError(answer)
  const { token, access_token } = parseJson<{ token?: unknown; access_token?: unknown }>(answer.body)
  const given = token ?? access_token
  // What is no token does not become a header of the next question.
  return typeof given === 'string' && /^[\x21-\x7e]+$/.test(given) ? `Bearer ${given}` : undefined
}

/**
 * The registry chooses who gives tokens: with a credential only itself, its siblings and hosts that the operator allows, in the clear only
 * itself where it is spoken to so. Whether the host may be contacted at all is judged like any other's.
 */
function tokenUrl(place: RegistryPlace, { parameters }: Challenge, scope: string, hasCredential: boolean): URL {
  const { registry, origin, insecure, allowedHosts } = place
  const realm = parameters.realm ?? ''
  const own = new URL(origin).hostname
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  const isOwn = url?.hostname === own
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isOwn && insecure)
  const isNear = url && (isOwn || isSibling(own, url.hostname) || allowedHosts.includes(url.hostname))
  if (!url || !isSafe || url.username || url.password || (hasCredential && !isNear))
    throw new FailureError('registry-denied', { diagnosis: `${registry} sends the sign-in to ${nameRealm(url)}` })
  if (parameters.service) url.searchParams.set('service', parameters.service)
  url.searchParams.set('scope', scope)
  return url
}

/** `registry.gitlab.com` and `gitlab.com`, `registry-1.docker.io` and `auth.docker.io`: below the domain that the registry is in, or below itself. */
function isSibling(registry: string, host: string): boolean {
  const parent = registry.slice(registry.indexOf('.') + 1)
  const domain = parent.includes('.') && !/^[\d.]+$/.test(registry) ? parent : registry
  return host === domain || host.endsWith(`.${domain}`)
}

function nameRealm(url: URL | undefined): string {
  return url ? `${url.protocol}//${url.host}` : 'nowhere'
}

function basic({ username, password }: RegistrySignIn): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
