import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'

/** The IPv4 range of a host's network, `172.18.0.0/16`; undefined when there is no such network. */
export async function findSubnet(host: Host): Promise<string | undefined> {
  const [oldest] = await listSameNamed(host, host.network)
  return oldest && readSubnet(oldest)
}

/** The oldest first. Docker gives a name to several that are made at once, and from then on finds none of them by it. */
export async function listSameNamed({ docker }: Host, name: string): Promise<Docker.NetworkInspectInfo[]> {
  // Docker's own filter takes a part of a name.
  const found = await callEngine(() => docker.listNetworks({ filters: { name: [name] } }))
  return found
    .filter(({ Name }) => Name === name)
    .sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created) || a.Id.localeCompare(b.Id))
}

export function readSubnet({ IPAM }: Docker.NetworkInspectInfo): string | undefined {
  return IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))?.Subnet
}
