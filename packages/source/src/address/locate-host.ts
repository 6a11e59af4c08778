import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { FailureError, isAddressAllowed, isHostAllowed } from '@stevedore/contract'

export interface HostAddress {
  address: string
  family: number
}

export type LookUp = (host: string) => Promise<HostAddress[]>

/**
 * Where a host is, if it may be contacted. Whoever connects, connects to what this gives: nothing may be looked up again.
 * @param allowedHosts host names and addresses on private networks that the operator vouches for
 * @throws FailureError `address-not-allowed`, `source-unreachable`
 */
export async function locateHost(
  host: string,
  allowedHosts: readonly string[],
  lookUp: LookUp = lookUpHost,
): Promise<HostAddress[]> {
  if (!isHostAllowed(host, allowedHosts)) throw notAllowed(`${host} is on a private network`)
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await lookUp(host)
  for (const { address } of found)
    if (!isAddressAllowed(host, address, allowedHosts)) throw notAllowed(`${host} leads to ${address}`)
  return found
}

async function lookUpHost(host: string): Promise<HostAddress[]> {
  return lookup(host, { all: true, verbatim: false }).catch((cause) => {
    throw new FailureError('source-unreachable', { diagnosis: `${host} has no address`, cause })
  })
}

export function notAllowed(diagnosis: string): FailureError {
  return new FailureError('address-not-allowed', { diagnosis })
}
