import { BlockList, isIP } from 'node:net'
import type { InsecureCheck } from '@stevedore/source'
import type Docker from 'dockerode'
import { type RegistrySettings, readEngineInfo } from '../docker.ts'

/**
 * Plain http is for the machine's own registries, and those that the engine lists under `insecure-registries`.
 * The engine is asked once.
 */
export function createInsecureCheck(docker: Docker, also: readonly string[]): InsecureCheck {
  let settings: RegistrySettings | undefined
  return async (registry, signal) => {
    const host = registry.replace(/:\d+$/, '')
    if (host === 'localhost' || host.startsWith('127.') || also.includes(registry)) return true
    settings ??= (await readEngineInfo(docker, signal)).RegistryConfig ?? {}
    return listsAsInsecure(settings, registry, host)
  }
}

export function listsAsInsecure(settings: RegistrySettings, registry: string, host: string): boolean {
  if (settings.IndexConfigs?.[registry]?.Secure === false) return true
  if (!isIP(host)) return false
  const networks = new BlockList()
  for (const cidr of settings.InsecureRegistryCIDRs ?? []) {
    const [network = '', prefix] = cidr.split('/')
    networks.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return networks.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
