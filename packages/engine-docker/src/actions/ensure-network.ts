import { FailureError } from '@stevedore/contract'
import { labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { holdLock } from '../client/lock.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { listSameNamed, readSubnet } from '../state/network.ts'

/** So often a free range may be taken by others before it is asked for. */
const mostChoices = 5

/**
 * Brings the network that a host's replicas are in. Docker may give its name to two that are made at once, and then starts nothing in
 * either: so it is made under a lock, and what an older worker or a person made twice is one again. @returns its IPv4 range
 */
export async function ensureNetwork(host: Host, context: WorkContext): Promise<string> {
  const present = await listSameNamed(host, host.network)
  if (present.length === 1) return requireSubnet(host, present)
  return lockNetwork(host, context, async (inner) => {
    const found = await keepOldest(host, inner)
    if (found.length > 0) return requireSubnet(host, found)
    await createNetwork(host, inner)
    // An older worker, which has another lock, may have made one as well.
    return requireSubnet(host, await keepOldest(host, inner))
  })
}

/** Every network of a host is made by one at a time, whatever proxies its workers have. */
export async function lockNetwork<T>(
  { docker, network, proxySettings: { image } }: Host,
  context: WorkContext,
  work: (inner: WorkContext) => Promise<T>,
): Promise<T> {
  const lock = { docker, what: `the network ${network}`, name: `${network}-network-lock`, image } as const
  return holdLock({ ...lock, role: 'network-lock' }, context, work)
}

function requireSubnet({ network }: Host, [oldest, ...others]: Docker.NetworkInspectInfo[]): string {
  if (others.length > 0) throw unusable(`${others.length + 1} networks are named ${network}: remove all but one`)
  const subnet = oldest && readSubnet(oldest)
  if (!subnet) throw unusable(`the network ${network} has no IPv4 range`)
  return subnet
}

function unusable(diagnosis: string): FailureError {
  return new FailureError('host-failed', { diagnosis })
}

/** Removes what is too many of the name: nothing starts in the later ones, since the name leads nowhere. @returns what is left */
async function keepOldest(host: Host, context: WorkContext): Promise<Docker.NetworkInspectInfo[]> {
  const found = await listSameNamed(host, host.network)
  if (found.length < 2) return found
  for (const later of found.slice(1)) await removeEmpty(host, later, context)
  return listSameNamed(host, host.network)
}

/** 403: it has a container, 404: another took it away. */
async function removeEmpty({ docker }: Host, { Id }: Docker.NetworkInspectInfo, { fence }: WorkContext): Promise<void> {
  await fence()
  await callEngine(() => docker.getNetwork(Id).remove().catch(ignoreStatus(403, 404)))
}

/**
 * Docker gives fixed addresses only in a range that was asked for, so its own free choice is asked for again. Between the two another network
 * of the host may have got it, of a second installation or of a person: then it is chosen anew.
 */
async function createNetwork(host: Host, context: WorkContext): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const subnet = await findFreeSubnet(host, context)
    await context.fence()
    try {
      return await callEngine(() => createOf(host, subnet))
    } catch (error) {
      if (attempt === mostChoices || !isTaken(error)) throw error
      context.log(`the address range ${subnet} was taken meanwhile; another is chosen`)
    }
  }
}

async function createOf({ docker, network }: Host, Subnet: string): Promise<void> {
  const making = docker.createNetwork({
    Name: network,
    // Engines before 25 make a second of the same name where they are not asked to look.
    CheckDuplicate: true,
    Driver: 'bridge',
    IPAM: { Config: [{ Subnet }] },
    Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    Labels: { [labelKeys.role]: 'network' },
  })
  // 409: another has made it.
  await making.catch(ignoreStatus(409))
}

/** In the words of the engine's address pools, and of its driver of bridges. */
function isTaken(error: unknown): boolean {
  return error instanceof FailureError && /pool overlaps|overlapping IPv4/i.test(error.diagnosis ?? '')
}

async function findFreeSubnet(host: Host, context: WorkContext): Promise<string> {
  const name = `${host.network}-draft`
  // Of a worker that was killed.
  for (const left of await listSameNamed(host, name)) await removeEmpty(host, left, context)
  const draft = await callEngine(() => host.docker.createNetwork({ Name: name, Driver: 'bridge' }))
  const subnet = readSubnet(await callEngine(() => draft.inspect()))
  await callEngine(() => draft.remove())
  if (!subnet) throw new Error('Docker chose no address range')
  return subnet
}
