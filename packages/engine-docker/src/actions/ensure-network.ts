import { labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { lockProxy } from '../proxy/lock.ts'
import { findSubnet } from '../state/network.ts'

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
  const { IPAM }: Docker.NetworkInspectInfo = await draft.inspect()
  const Subnet = IPAM?.Config?.[0]?.Subnet
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
