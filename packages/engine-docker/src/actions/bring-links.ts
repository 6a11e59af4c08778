import { FailureError, type Linked, linkPort, listLinks, nameLinked } from '@stevedore/contract'
import { type Place, pollUntil, type Release, type WorkContext } from '@stevedore/engine'
import { readLastLines } from '../client/container-log.ts'
import { execIn } from '../client/exec.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { findListeningPorts } from '../proxy/listening-ports.ts'
import { buildLinkSpec } from '../spec/link.ts'
import { type LinkContainer, listLinkContainers } from '../state/links.ts'
import { removeContainer } from './containers.ts'
import { ensureOwnNetwork } from './join-network.ts'

/** Makes what stands for the linked apps, before anything that asks for them is started. What stands already stays. */
export async function bringLinks(host: Host, place: Place, context: WorkContext): Promise<void> {
  const wanted = listLinks(place.settings, place.environment)
  if (wanted.length === 0) return
  const ownNetwork = await ensureOwnNetwork(host, place, context)
  const folder = await host.proxy.openLinkFolder(context)
  for (const to of wanted) {
    const present = await listLinkContainers(host, place)
    const isSame = (one: LinkContainer) => one.to === nameLinked(to)
    // The same name leads to another environment: there is one of a name.
    for (const other of present.filter((one) => !isSame(one) && one.to.startsWith(`${to.app}/`)))
      await removeContainer(host, other.id, context)
    const id = present.find(isSame)?.id ?? (await create(host, place, to, { ownNetwork, folder }, context))
    await bringUp(host, to, id, context)
  }
}

async function create(
  host: Host,
  place: Place,
  to: Linked,
  where: { ownNetwork: string; folder: string },
  { fence, log }: WorkContext,
): Promise<string> {
  const { docker, network, proxySettings } = host
  const spec = buildLinkSpec(place, to, { network, image: proxySettings.image, ...where })
  await fence()
  const { id } = await callEngine(() => docker.createContainer(spec), 'container-start-failed')
  log(`${spec.name} stands for ${nameLinked(to)}`)
  return id
}

const upMs = 20_000

/** Until it listens: what asks for its name next would be refused otherwise. */
async function bringUp({ docker }: Host, to: Linked, id: string, { fence, signal }: WorkContext): Promise<void> {
  const container = docker.getContainer(id)
  await fence()
  // 304: it runs.
  await callEngine(() => container.start().catch(ignoreStatus(304)), 'container-start-failed')
  const command = ['cat', '/proc/net/tcp', '/proc/net/tcp6']
  const look = async () => {
    const said = await execIn(container, command, { signal }).catch(() => undefined)
    signal.throwIfAborted()
    return said && findListeningPorts(said.stdout).has(linkPort) ? true : undefined
  }
  if (await pollUntil(look, { deadlineMs: upMs, intervalMs: 50, longestMs: 500, signal })) return
  const lines = await readLastLines(container, 10).catch(() => [])
  const diagnosis = [`what stands for ${nameLinked(to)} does not listen; its last lines:`, ...lines].join('\n')
  throw new FailureError('container-start-failed', { diagnosis })
}

/** Its links and no others: also where another revision had some that was given up. */
export async function keepLinks(host: Host, release: Release, context: WorkContext): Promise<void> {
  await bringLinks(host, release, context)
  await endLinks(host, release, listLinks(release.settings, release.environment), context)
}

/** @param kept those that stay */
export async function endLinks(host: Host, place: Place, kept: readonly Linked[], context: WorkContext): Promise<void> {
  const names = new Set(kept.map(nameLinked))
  const over = (await listLinkContainers(host, place)).filter(({ to }) => !names.has(to))
  for (const { id, name } of over) {
    await removeContainer(host, id, context)
    context.log(`${name} removed`)
  }
}
