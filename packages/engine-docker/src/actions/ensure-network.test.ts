import { openContext } from '@stevedore/engine/conformance'
import Docker from 'dockerode'
import { expect, test } from 'vitest'
import { openHosts } from '../hosts.ts'
import { ensureNetwork } from './ensure-network.ts'

const ipv4 = { Config: [{ Subnet: 'fd00::/64' }, { Subnet: '172.18.0.0/16' }] }
const network = { Id: 'n1', Name: 'stevedore', Created: '2026-11-28T19:19:06Z', IPAM: ipv4 }

/** Networks that all have a container. */
function openHost(networks: object[]) {
  const docker = Object.assign(new Docker({ socketPath: '/nowhere' }), {
    listNetworks: async () => networks,
    getNetwork: () => ({
      remove: () => Promise.reject(Object.assign(new Error('active endpoints'), { statusCode: 403 })),
    }),
    createContainer: async () => ({ remove: async () => {} }),
  })
  const [host] = openHosts({ docker }).all
  return host!
}

test('is the IPv4 range of the network of just this name', async () => {
  const host = openHost([{ ...network, Name: 'stevedore.shop.production', IPAM: {} }, network])
  expect(await ensureNetwork(host, openContext())).toBe('172.18.0.0/16')
})

test.each([
  ['the network stevedore has no IPv4 range', [{ ...network, IPAM: { Config: [{ Subnet: 'fd00::/64' }] } }]],
  ['the network stevedore has no IPv4 range', [{ ...network, IPAM: undefined }]],
  ['2 networks are named stevedore: remove all but one', [network, network]],
])('%s: that is a person’s to mend', async (diagnosis, networks) => {
  await expect(ensureNetwork(openHost(networks), openContext())).rejects.toMatchObject({
    code: 'host-failed',
    diagnosis,
  })
})
