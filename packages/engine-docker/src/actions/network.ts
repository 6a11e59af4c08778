import { labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, statusOf } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import { lockProxy } from '../proxy/lock.ts'

/** The network's IPv4 range, `172.18.0.0/16`; undefined when there is no such network. */
export async function findSubnet({ docker, network }: Host): Promise<string | undefined> {
  return callEngine(async () => {
    try {
      const { IPAM } = (await docker.getNetwork(network).inspect()) as Docker.NetworkInspectInfo
      return IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))?.Subnet
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

/** Under the lock, since Docker gives the same name to two networks that are made at once. */
export async function ensureNetwork(host: Host, context: WorkContext): Promise<string> {
  const present = await findSubnet(host)
  if (present) return present
  return lockProxy({ docker: host.docker, settings: host.proxySettings }, context, async () => {
    const made = await findSubnet(host)
    if (made) return made
    await context.fence()
    return callEngine(() => createNetwork(host))
  })
}

/** Docker gives fixed addresses only in a range that was asked for, so its own free choice is asked for again. */
async function createNetwork({ docker, network }: Host): Promise<string> {
  const draft = await docker.createNetwork({ Name: `${network}-draft`, Driver: 'bridge' })
  const Subnet = ((await draft.inspect()) as Docker.NetworkInspectInfo).IPAM?.Config?.[0]?.Subnet
  await draft.remove()
  if (!Subnet) throw new Error('Docker chose no address range')
  await docker.createNetwork({
    Name: network,
    Driver: 'bridge',
    IPAM: { Config: [{ Subnet }] },
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: { [labelKeys.role]: 'network' },
  })
  return Subnet
}

/** Addresses at the start of a range are Docker's own for gateways. */
const firstOffset = 16

/** A random address of an IPv4 range; two workers seldom meet on one, and Docker refuses the second. */
export function pickAddress(subnet: string, random: () => number = Math.random): string {
  const [base = '', bits = '24'] = subnet.split('/')
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  const value = start + firstOffset + Math.floor(random() * (size - firstOffset - 1))
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
