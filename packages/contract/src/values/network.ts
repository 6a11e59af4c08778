import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

/** `10.0.0.0/8`, of either family. */
export interface Network {
  start: string
  prefix: number
  holds(address: string): boolean
}

/** An IPv4 network in an IPv6 one's clothes: what reads policies takes it as either. */
const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')

/** Undefined where it is none. */
export function parseNetwork(value: unknown): Network | undefined {
  const [start = '', prefix = ''] = String(value).split('/')
  const version = isIP(start)
  if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return undefined
  if (version === 6 && mapped.check(start, 'ipv6')) return undefined
  const list = new BlockList()
  list.addSubnet(start, Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
  const holds = (address: string) => isIP(address) === version && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  return { start, prefix: Number(prefix), holds }
}

/** All of the one lies in the other. */
export function isWithinNetwork(inner: Network, outer: Network): boolean {
  return outer.holds(inner.start) && outer.prefix <= inner.prefix
}

/** As a person writes one. */
export const network = z
  .string()
  .max(50)
  .refine((value) => parseNetwork(value) !== undefined, 'a network such as 10.0.0.0/8')
