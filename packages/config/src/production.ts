import { isIP } from 'node:net'
import { classifyAddress } from '@stevedore/contract'
import type { z } from 'zod'
import type { environment } from './environment.ts'
import type { ConfigFault } from './read-environment.ts'

type Values = z.infer<typeof environment>

/** What production does not start with: everything that is harmless on a developer's machine and an open door elsewhere. */
export function listUnsafe(values: Values): ConfigFault[] {
  const { STEVEDORE_ENV, STEVEDORE_MASTER_KEY, STEVEDORE_URL, HOST, TRUST_PROXY } = values
  if (STEVEDORE_ENV !== 'production') return []
  const faults: ConfigFault[] = []
  const refuse = (variable: string, message: string) => faults.push({ variable, message })
  if (!STEVEDORE_MASTER_KEY) refuse('STEVEDORE_MASTER_KEY', 'is needed in production: openssl rand -base64 32')
  for (const name of ['DATABASE_URL', 'SERVICE_DATABASE_URL', 'REDIS_URL'] as const)
    if (hasKnownPassword(values[name])) refuse(name, 'has a password that everybody knows: openssl rand -hex 24')
  if (STEVEDORE_URL !== undefined && isPlainAndPublic(STEVEDORE_URL))
    refuse('STEVEDORE_URL', 'must begin with https:// in production: tokens would pass public networks in the clear')
  if (isPublicAddress(HOST) && TRUST_PROXY.length === 0)
    refuse(
      'HOST',
      'is a public address, on which the API speaks plain HTTP: put a TLS proxy before it, and name that in TRUST_PROXY',
    )
  return faults
}

const knownPasswords = new Set(['admin', 'changeme', 'default', 'password', 'postgres', 'redis', 'secret', 'stevedore'])

/** None at all is another matter: certificates and sockets need none. */
function hasKnownPassword(address: string | undefined): boolean {
  if (address === undefined) return false
  const { username, password } = new URL(address)
  return password !== '' && (password === username || knownPasswords.has(password.toLowerCase()))
}

function isPlainAndPublic(address: string): boolean {
  const { protocol, hostname } = new URL(address)
  const host = hostname.replace(/^\[|\]$/g, '')
  return protocol === 'http:' && (isIP(host) === 0 ? !isOwnName(host) : isPublicAddress(host))
}

/** A name without a dot, or with an ending that no public name has. */
function isOwnName(host: string): boolean {
  return /^[^.]+$|\.(cluster\.local|home\.arpa|internal|lan|local|localhost|svc|test)$/.test(host)
}

/** A name is none, nor is what stands for all addresses of a machine. */
function isPublicAddress(host: string): boolean {
  return isIP(host) !== 0 && classifyAddress(host) === 'public'
}
