import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'

/** The IPv4 range of a host's network, `172.18.0.0/16`; undefined when there is no such network. */
export async function findSubnet({ docker, network }: Host): Promise<string | undefined> {
  const found: Docker.NetworkInspectInfo | undefined = await callEngine(() =>
    docker.getNetwork(network).inspect().catch(ignoreStatus(404)),
  )
  return found?.IPAM?.Config?.find(({ Subnet }) => Subnet?.includes('.'))?.Subnet
}
