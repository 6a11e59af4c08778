import { z } from 'zod'
import type { AppSpec } from '../app-spec/app-spec.ts'
import { parseGitUrl } from './git-url.ts'

/** A host that a credential may go to: of a registry or a git server, with its port where that is not the usual one. */
export const credentialHost = z
  .string()
  .max(255)
  .regex(
    /^(\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?)(:\d{1,5})?$/,
    'a host in lower case, optionally with a port',
  )
  .transform(registryToHost)

/** The names that Docker's own registry is known by. */
const hub = ['index.docker.io', 'registry-1.docker.io']

/** A registry as its credential is bound to it. */
export function registryToHost(registry: string): string {
  const host = registry.replace(/:443$/, '')
  return hub.includes(host) ? 'docker.io' : host
}

const usualPorts: Record<string, string> = { 'http:': '80', 'https:': '443', 'ssh:': '22' }

/** A repository's server as its credential is bound to it; undefined where none is sent, for `file:` and what is no address. */
export function gitToHost(address: string): string | undefined {
  const parsed = parseGitUrl(address)
  if (!parsed || parsed.scheme === 'file') return undefined
  const host = parsed.host.includes(':') ? `[${parsed.host}]` : parsed.host
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url?.port && url.port !== usualPorts[url.protocol] ? registryToHost(`${host}:${url.port}`) : host
}

/** A stored secret and where it is sent as a credential. */
export interface CredentialUse {
  name: string
  host: string
}

/** The parts of a spec that name credentials. */
interface CredentialNames {
  source: Pick<AppSpec['source'], 'git' | 'credential'>
  image: Pick<AppSpec['image'], 'registry' | 'credential'>
}

/** What a spec has its credentials sent to. */
export function listCredentialUses({ source, image }: CredentialNames): CredentialUse[] {
  const git = source.git === undefined ? undefined : gitToHost(source.git)
  return [
    ...(source.credential && git ? [{ name: source.credential, host: git }] : []),
    ...(image.credential && image.registry ? [{ name: image.credential, host: registryToHost(image.registry) }] : []),
  ]
}
