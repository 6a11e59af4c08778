import { FailureError } from '@stevedore/contract'
import { pollUntil, type WorkContext } from '@stevedore/engine'
import { proxyFailure } from '../failure/proxy.ts'
import type { BackendView } from './admin.ts'
import type { ServerStat } from './admin-tables.ts'
import { checkConfig, readPlaces, removePlace, writePlace } from './files.ts'
import { lockProxy } from './lock.ts'
import { describeFrame } from './place-config.ts'
import type { ProxyParts } from './proxy-parts.ts'
import { reloadProxy } from './reload.ts'
import { type Baseline, backendName, type Route, routeKey } from './route.ts'
import { findMismatches, planCommands } from './runtime-commands.ts'

const applyMs = 8_000

/**
 * Brings the proxy to a route: the file first, so that a restart comes back to it, then the running processes. Servers and
 * weights change at run time; a new frame is a reload.
 * @returns the route's servers as the newest process has them
 */
export function changeRoute(parts: ProxyParts, wanted: Route, context: WorkContext): Promise<ServerStat[]> {
  return lockProxy(parts, context, async (inner) => {
    const places = await readPlaces(parts.container)
    const others = places.filter(({ route }) => routeKey(route) !== routeKey(wanted))
    refuseConflict(
      wanted,
      others.map(({ route }) => route),
    )
    const present = places.find(({ route }) => routeKey(route) === routeKey(wanted))
    const before = await parts.admin.look(backendName(wanted), inner.signal)
    const route = { ...wanted, ...carryBaseline(wanted, present?.route, before) }
    const sameFrame = present?.loaded && before.servers && describeFrame(present.route) === describeFrame(route)
    if (!sameFrame) await loadFrame(parts, route, present?.route, inner)
    await writePlace(parts.container, { route, loaded: true }, inner)
    return applyRoute(
      parts,
      route,
      sameFrame ? before : await parts.admin.look(backendName(route), inner.signal),
      inner,
    )
  })
}

export function dropRoute(
  parts: ProxyParts,
  place: Pick<Route, 'app' | 'environment'>,
  context: WorkContext,
): Promise<void> {
  return lockProxy(parts, context, async (inner) => {
    await removePlace(parts.container, place, inner)
    await reloadProxy(parts, inner)
  })
}

function refuseConflict(route: Route, others: Route[]): void {
  const taken = others.find((other) => backendName(other) === backendName(route))
  if (!taken) return
  const what = route.host ? `host ${route.host}` : `port ${route.port}`
  throw new FailureError(route.port ? 'port-taken' : 'policy-violation', {
    diagnosis: `${what} is routed to ${taken.app} in ${taken.environment}`,
  })
}

/** Figures of a revision count from its last change of traffic, so the counters of that moment stay with the route. */
function carryBaseline(route: Route, present: Route | undefined, view: BackendView): { baseline?: Baseline } {
  if (present && JSON.stringify(present.traffic) === JSON.stringify(route.traffic))
    return present.baseline ? { baseline: present.baseline } : {}
  const counts = (view.servers ?? []).map(({ name, requests, errors }) => [name, { requests, errors }])
  return { baseline: { pid: view.workers.newest, counts: Object.fromEntries(counts) } }
}

/** A file that HAProxy refuses is taken back, or the next restart would find no proxy at all. */
async function loadFrame(
  parts: ProxyParts,
  route: Route,
  present: Route | undefined,
  context: WorkContext,
): Promise<void> {
  await writePlace(parts.container, { route, loaded: false }, context)
  const fault = await checkConfig(parts.container, context.signal)
  if (!fault) return reloadProxy(parts, context)
  if (present) await writePlace(parts.container, { route: present, loaded: false }, context)
  else await removePlace(parts.container, route, context)
  throw proxyFailure('it refuses the route', fault)
}

/** Only the newest process: HAProxy lets nobody change the servers of one that ends. */
async function applyRoute(
  { admin }: ProxyParts,
  route: Route,
  { workers, servers: before }: BackendView,
  { signal, fence }: WorkContext,
): Promise<ServerStat[]> {
  const pid = workers.newest
  let present = before
  let said = ''
  const settle = async () => {
    present ??= await admin.listServers(pid, backendName(route), signal)
    if (!present) return undefined
    const commands = planCommands(route, present)
    if (commands.length > 0) {
      await fence()
      const result = await admin.command(pid, commands, backendName(route), signal)
      said = result.said
      present = result.servers
    }
    return present && findMismatches(route, present).length === 0 ? present : undefined
  }
  const done = await pollUntil(settle, { deadlineMs: applyMs, intervalMs: 50, signal })
  if (!done) throw proxyFailure('it did not take the new servers or weights', said)
  return done
}
