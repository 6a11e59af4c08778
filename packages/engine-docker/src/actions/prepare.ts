import { collectNamesAndPorts, FailureError } from '@stevedore/contract'
import { type Release, requireKnownUser, type WorkContext } from '@stevedore/engine'
import { pullImage } from '../client/images.ts'
import type { Host } from '../hosts.ts'
import { readListeningPorts } from '../proxy/listening-ports.ts'
import { listBackends, routeKey } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { bringLinks } from './bring-links.ts'
import { ensureNetwork } from './ensure-network.ts'
import { ensureVolumes } from './ensure-volumes.ts'

/** Finds out what cannot work, and brings what every deploy needs: the image, the network, the proxy. */
export async function prepare(host: Host, release: Release, context: WorkContext): Promise<void> {
  const { ports } = collectNamesAndPorts(dockerSettings(release))
  requireKnownUser(release)
  requireSecrets(release)
  await pullImage(host.docker, release, context)
  await host.proxy.start(context)
  await host.proxy.refresh(context)
  await ensureNetwork(host, context)
  await ensureVolumes(host, release, context)
  await bringLinks(host, release, context)
  for (const port of ports) await requirePort(host, release, port, context.signal)
}

function requireSecrets({ settings, secrets }: Release): void {
  const missing = settings.secrets.filter((name) => !Object.hasOwn(secrets, name))
  if (missing.length > 0) throw new FailureError('secret-missing', { diagnosis: `not stored: ${missing.join(', ')}` })
}

/** A port in use is fine when it is this place's own already. */
async function requirePort(host: Host, release: Release, port: number, signal: AbortSignal): Promise<void> {
  const routes = Object.values(await host.proxy.readRoutes())
  const owner = routes.find((route) => listBackends(route).some((one) => one.port === port))
  if (owner && routeKey(owner) === routeKey(release)) return
  const where = host.name ? ` on ${host.name}` : ''
  if (owner) throw portTaken(`port ${port}${where} is routed to ${owner.app} in ${owner.environment}`)
  const options = { what: 'cat /proc/net/tcp', signal }
  const listening = await readListeningPorts((command) => host.proxy.run(command, options))
  if (listening.has(port)) throw portTaken(`another program listens on port ${port}${where}`)
}

function portTaken(diagnosis: string): FailureError {
  return new FailureError('port-taken', { diagnosis })
}
