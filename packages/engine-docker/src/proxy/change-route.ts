import { EngineError, type WorkContext } from '@stevedore/engine'
import { pollUntil } from '../containers/poll.ts'
import { callEngine } from '../docker-error.ts'
import { listWorkers } from './admin.ts'
import { renderFrame } from './place-config.ts'
import { checkConfig, readPlaces, removePlace, writePlace } from './place-files.ts'
import { proxyFailure } from './proxy-failure.ts'
import { withProxyLock } from './proxy-lock.ts'
import type { ProxyParts } from './proxy-parts.ts'
import { backendName, type Route, routeKey } from './route.ts'
import { findMismatches, planCommands } from './runtime-commands.ts'

const reloadMs = 15_000
const applyMs = 8_000

/**
 * Brings the proxy to a route: the file first, so that a restart comes back to it, then the running processes. Servers and
 * weights change at run time; a new frame is a reload.
 */
export function changeRoute(parts: ProxyParts, route: Route, context: WorkContext): Promise<void> {
  return locked(parts, context, async (inner) => {
    const places = await readPlaces(parts.container)
    refuseConflict(
      route,
      places.map((place) => place.route),
    )
    const present = places.find((place) => routeKey(place.route) === routeKey(route))
    const sameFrame = present?.loaded && renderFrame(present.route) === renderFrame(route)
    if (!sameFrame) await loadFrame(parts, route, present?.route, inner)
    await writePlace(parts.container, { route, loaded: true }, inner)
    await applyRoute(parts, route, inner)
  })
}

export function dropRoute(
  parts: ProxyParts,
  place: Pick<Route, 'app' | 'environment'>,
  context: WorkContext,
): Promise<void> {
  return locked(parts, context, async (inner) => {
    await removePlace(parts.container, place, inner)
    await reload(parts, inner)
  })
}

function locked(parts: ProxyParts, context: WorkContext, work: (inner: WorkContext) => Promise<void>): Promise<void> {
  const image = parts.settings.image
  const name = parts.settings.name
  return withProxyLock(parts.docker, { name, image }, context, (signal) => work({ ...context, signal }))
}

function refuseConflict(route: Route, others: Route[]): void {
  const taken = others.find((other) => routeKey(other) !== routeKey(route) && backendName(other) === backendName(route))
  if (!taken) return
  const what = route.host ? `host ${route.host}` : `port ${route.port}`
  throw new EngineError(route.port ? 'port-taken' : 'policy-violation', {
    diagnosis: `${what} is routed to ${taken.app} in ${taken.environment}`,
  })
}

/** A file that HAProxy refuses is taken back, or the next restart would find no proxy at all. */
async function loadFrame(
  { container, ...parts }: ProxyParts,
  route: Route,
  present: Route | undefined,
  context: WorkContext,
): Promise<void> {
  await writePlace(container, { route, loaded: false }, context)
  const fault = await checkConfig(container, context.signal)
  if (fault) {
    if (present) await writePlace(container, { route: present, loaded: false }, context)
    else await removePlace(container, route, context)
    throw proxyFailure('it refuses the route', fault)
  }
  await reload({ container, ...parts }, context)
}

/** The master starts a new process on the files and hands it the listening sockets; the old one ends with its connections. */
async function reload({ container, admin }: ProxyParts, { fence, signal }: WorkContext): Promise<void> {
  const before = await listWorkers(admin, signal)
  await fence()
  await callEngine(() => container.kill({ signal: 'SIGUSR2' }), 'proxy-failed', signal)
  const replaced = async () => {
    const workers = await admin.listWorkers(signal).catch(() => undefined)
    return workers && workers.newest !== before.newest ? workers : undefined
  }
  const done = await pollUntil(replaced, { deadlineMs: reloadMs, intervalMs: 50, signal })
  if (!done) throw proxyFailure('it did not take in its new configuration')
}

/** Old processes still answer on connections that were open before a reload, so they are told as well. */
async function applyRoute(parts: ProxyParts, route: Route, context: WorkContext): Promise<void> {
  const { newest, old } = await listWorkers(parts.admin, context.signal)
  await applyTo(parts, newest, route, context)
  for (const pid of old)
    if (await parts.admin.listServers(pid, backendName(route), context.signal))
      await applyTo(parts, pid, route, context)
}

async function applyTo({ admin }: ProxyParts, pid: number, route: Route, context: WorkContext): Promise<void> {
  const { signal } = context
  let said = ''
  const settled = async () => {
    const present = await admin.listServers(pid, backendName(route), signal)
    if (!present) return undefined
    if (findMismatches(route, present).length === 0) return true
    await context.fence()
    said = await admin.command(pid, planCommands(route, present), signal)
    return undefined
  }
  const done = await pollUntil(settled, { deadlineMs: applyMs, intervalMs: 20, signal })
  if (!done) throw proxyFailure('it did not take the new servers or weights', said)
}
