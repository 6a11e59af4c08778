import { readFile } from 'node:fs/promises'
import type { RegistryCredential } from '@stevedore/engine'

/** How Docker's own registry is named by its clients and in their settings. */
const hubKeys = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io']

export type WorkerCredentials = Record<string, RegistryCredential>

/**
 * The sign-ins of the worker's own Docker settings (`auths` of config.json, as `docker login` writes without a credential store).
 * Credential stores and helpers are not asked: they belong to a person's desktop. An absent or odd file means no sign-ins.
 */
export async function readWorkerCredentials(configPath: string): Promise<WorkerCredentials> {
  // Most workers have no such file, and one that cannot be read shows as a sign-in that is missing.
  const text = await readFile(configPath, 'utf8').catch(() => '{}')
  return Object.fromEntries(Object.entries(parseAuths(text)).flatMap(([host, entry]) => toCredential(host, entry)))
}

/** The sign-in for a registry, by any of the names it is known under. */
export function findCredential(credentials: WorkerCredentials, registry: string): RegistryCredential | undefined {
  const keys = hubKeys.includes(registry) ? hubKeys : [registry, `https://${registry}`, `http://${registry}`]
  return keys.flatMap((key) => credentials[key] ?? credentials[`${key}/`] ?? [])[0]
}

/** Gives the credential for a registry: the stored one, else the worker's own. */
export type SignIn = (
  registry: string,
  stored: RegistryCredential | undefined,
) => Promise<RegistryCredential | undefined>

export function createSignIn(configPath: string): SignIn {
  return async (registry, stored) => stored ?? findCredential(await readWorkerCredentials(configPath), registry)
}

function parseAuths(text: string): Record<string, { auth?: unknown }> {
  try {
    return (JSON.parse(text) as { auths?: Record<string, { auth?: unknown }> }).auths ?? {}
  } catch {
    // Not JSON: no client would sign in by it either.
    return {}
  }
}

function toCredential(host: string, { auth }: { auth?: unknown }): [string, RegistryCredential][] {
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(String(auth ?? ''), 'base64').toString()) ?? []
  return username && password ? [[host, { username, password }]] : []
}
