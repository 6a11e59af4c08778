import { isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Config } from '@stevedore/config'
import { classifyAddress } from '@stevedore/contract'
import { CommandError, exitStatus } from './command-error.ts'

type Listening = Pick<Config, 'environment' | 'host'> & { trustProxy: readonly string[] }
type Interfaces = Record<string, Pick<NetworkInterfaceInfo, 'address'>[] | undefined>

/**
 * An API in production that listens on all addresses of a machine with a public one would take tokens in the clear. Of IPv6 nothing is
 * concluded: pods and containers have public addresses of it that nobody reaches.
 * @throws a CommandError that says what to set
 */
export function refusePlainHttp(
  { environment, host, trustProxy }: Listening,
  interfaces: Interfaces = networkInterfaces(),
): void {
  if (environment !== 'production' || trustProxy.length > 0 || !/^(0\.0\.0\.0|::)$/.test(host)) return
  const open = Object.values(interfaces)
    .flatMap((addresses = []) => addresses.map(({ address }) => address))
    .find((address) => isIPv4(address) && classifyAddress(address) === 'public')
  if (open === undefined) return
  throw new CommandError(
    exitStatus.usage,
    `HOST=${host} listens on ${open} as well, a public address, in plain HTTP`,
    'Set HOST to an address that only your TLS proxy reaches, such as 127.0.0.1, or name the proxy in TRUST_PROXY.',
  )
}
