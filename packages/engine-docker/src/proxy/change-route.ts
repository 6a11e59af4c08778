import { FailureError } from '@stevedore/contract'
import { pollUntil, type WorkContext } from '@stevedore/engine'
import { proxyFailure } from '../failure/proxy.ts'
import type { BackendView, CommandResult } from './admin.ts'
import type { ServerStat } from './admin-tables.ts'
import { checkConfig, readPlaces, removePlace, writePlace } from './files.ts'
import { foldLastResorts } from './last-resort.ts'
import { lockProxy } from './lock.ts'
import { hashFrame, type PlaceFile } from './place-config.ts'
import { reloadProxy } from './reload.ts'
import { type Baseline, backendName, type Route, type RoutedPlace, routeKey } from './route.ts'
import { findMismatches, planCommands } from './runtime-commands.ts'
import type { ProxyParts } from './settings.ts'

const applyMs = 8_000

/**
 * Brings the proxy to a route: the file first, so that a restart comes back to it, then the running processes. Servers and
 * weights change at run time; a new frame is a reload.
 * @returns the route's servers as the newest process has them
 */
export function changeRoute(parts: ProxyParts, wanted: Route, context: WorkContext): Promise<ServerStat[]> {
  return lockProxy(parts, context, async (inner) => {
    const { present, others } = await readOthers(parts, wanted)
    refuseConflict(wanted, others)
    const before = await parts.admin.look(backendName(wanted), inner.signal)
    const route = { ...wanted, ...carryBaseline(wanted, present?.route, before) }
    const sameFrame = present?.loaded && before.servers && present.frame === hashFrame(route)
    if (!sameFrame) await loadFrame(parts, route, present?.route, inner)
    await writePlace(parts.container, { route, loaded: true }, inner)
    const now = sameFrame ? before : await parts.admin.look(backendName(route), inner.signal)
    return applyRoute(parts, route, now, inner)
  })
}

async function readOthers({ container }: ProxyParts, wanted: RoutedPlace) {
  const places = await readPlaces(container)
  const isWanted = ({ route }: PlaceFile) => routeKey(route) === routeKey(wanted)
  const others = places.filter((place) => !isWanted(place)).map(({ route }) => route)
  return { present: places.find(isWanted), others }
}

export function dropRoute(parts: ProxyParts, place: RoutedPlace, context: WorkContext): Promise<void> {
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
  const counts = foldLastResorts(view.servers ?? []).map(({ name, requests, errors }) => [name, { requests, errors }])
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
  view: BackendView,
  { signal, fence }: WorkContext,
): Promise<ServerStat[]> {
  const [pid, backend] = [view.workers.newest, backendName(route)]
  let { servers, said }: CommandResult = { servers: view.servers, said: '' }
  const approach = async () => {
    servers ??= await admin.listServers(pid, backend, signal)
    const commands = servers ? planCommands(route, servers) : []
    if (commands.length > 0) {
      await fence()
      ;({ servers, said } = await admin.command(pid, commands, backend, signal))
    }
    return servers && findMismatches(route, servers).length === 0 ? servers : undefined
  }
  const done = await pollUntil(approach, { deadlineMs: applyMs, intervalMs: 50, signal })
  if (!done) throw proxyFailure('it did not take the new servers or weights', said)
  return done
}
