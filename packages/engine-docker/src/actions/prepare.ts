import { collectNamesAndPorts, FailureError } from '@stevedore/contract'
import { type Release, requireKnownUser, type WorkContext } from '@stevedore/engine'
import { pullImage } from '../client/images.ts'
import type { Host } from '../hosts.ts'
import { listBackends, routeKey } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { ensureNetwork } from './ensure-network.ts'

/** Finds out what cannot work, and brings what every deploy needs: the image, the network, the proxy. */
export async function prepare(host: Host, release: Release, context: WorkContext): Promise<void> {
  const { ports } = collectNamesAndPorts(dockerSettings(release))
  requireKnownUser(release)
  requireSecrets(release)
  await pullImage(host.docker, release, context)
  await host.proxy.start(context)
  await host.proxy.refresh(context)
  await ensureNetwork(host, context)
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
  // The proxy shares the host's network, so its view of the sockets is the host's.
  const { stdout } = await host.proxy.run(['cat', '/proc/net/tcp', '/proc/net/tcp6'], { signal })
  if (findListeningPorts(stdout).has(port)) throw portTaken(`another program listens on port ${port}${where}`)
}

function portTaken(diagnosis: string): FailureError {
  return new FailureError('port-taken', { diagnosis })
}

/** Reads `/proc/net/tcp`: the local address is hexadecimal `ADDRESS:PORT`, and state 0A is LISTEN. */
export function findListeningPorts(table: string): Set<number> {
  const rows = table.matchAll(/^ {0,10}\d{1,10}: [0-9A-F]{1,32}:([0-9A-F]{4}) [0-9A-F]{1,32}:[0-9A-F]{4} 0A /gm)
  return new Set([...rows].map(([, port]) => Number.parseInt(port!, 16)))
}
