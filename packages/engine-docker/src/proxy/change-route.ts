import { FailureError } from '@stevedore/contract'
import { pollUntil, type WorkContext } from '@stevedore/engine'
import { proxyFailure } from '../failure/proxy.ts'
import type { BackendView, CommandResult } from './admin.ts'
import type { ServerStat } from './admin-tables.ts'
import { hasSections } from './base-config.ts'
import {
  buildNameFiles,
  buildPlaceFiles,
  checkConfig,
  readBase,
  readPlaces,
  removePlace,
  replaceFiles,
} from './files.ts'
import { foldLastResorts } from './last-resort.ts'
import { ensureLinkFolder } from './link-sockets.ts'
import { lockProxy } from './lock.ts'
import type { ProxyParts } from './parts.ts'
import { hashFrame, type PlaceFile } from './place-config.ts'
import { renewFiles } from './refresh.ts'
import { reloadProxy } from './reload.ts'
import {
  type Baseline,
  backendName,
  listBackends,
  listClaims,
  type Route,
  type RoutedPlace,
  routeKey,
} from './route.ts'
import { findMismatches, planCommands } from './runtime-commands.ts'

const applyMs = 8_000

/**
 * Brings the proxy to a route: the file first, so that a restart comes back to it, then the running processes. Servers and
 * weights change at run time; a new frame is a reload.
 * @returns the route's servers as the newest process has them
 */
export function changeRoute(parts: ProxyParts, wanted: Route, context: WorkContext): Promise<ServerStat[]> {
  return lockProxy(parts, context, async (inner) => {
    const { present, others } = await readOthers(parts, wanted, inner.signal)
    refuseConflict(wanted, others)
    const before = await parts.admin.look(backendName(wanted), inner.signal)
    const route = { ...wanted, ...carryBaseline(wanted, present?.route, before) }
    const sameFrame = present?.loaded && before.servers && present.frame === hashFrame(route)
    if (!sameFrame) await loadFrame(parts, { route, present: present?.route, others }, inner)
    await replaceFiles(parts, [buildPlaceFiles({ route, loaded: true })], inner)
    const [main = route, ...further] = listBackends(route)
    const now = sameFrame ? before : await parts.admin.look(backendName(route), inner.signal)
    const servers = await applyRoute(parts, main, now, inner)
    for (const one of further) await applyRoute(parts, one, { workers: now.workers, servers: undefined }, inner)
    return servers
  })
}

async function readOthers(parts: ProxyParts, wanted: RoutedPlace, signal: AbortSignal) {
  const places = await readPlaces(parts, signal)
  const isWanted = ({ route }: PlaceFile) => routeKey(route) === routeKey(wanted)
  const others = places.filter((place) => !isWanted(place)).map(({ route }) => route)
  return { present: places.find(isWanted), others }
}

export function dropRoute(parts: ProxyParts, place: RoutedPlace, context: WorkContext): Promise<void> {
  return lockProxy(parts, context, async (inner) => {
    const { others } = await readOthers(parts, place, inner.signal)
    await removePlace(parts, place, inner)
    await replaceFiles(parts, [buildNameFiles(others)], inner)
    await reloadProxy(parts, inner)
  })
}

function refuseConflict(route: Route, others: Route[]): void {
  const wanted = listClaims(route)
  for (const other of others) {
    const claim = listClaims(other).find((one) => wanted.includes(one))
    if (claim)
      throw new FailureError(claim.startsWith('port') ? 'port-taken' : 'policy-violation', {
        diagnosis: `${claim} is routed to ${other.app} in ${other.environment}`,
      })
  }
}

/** Figures of a revision count from its last change of traffic, so the counters of that moment stay with the route. */
function carryBaseline(route: Route, present: Route | undefined, view: BackendView): { baseline?: Baseline } {
  if (present && JSON.stringify(present.traffic) === JSON.stringify(route.traffic))
    return present.baseline ? { baseline: present.baseline } : {}
  const counts = foldLastResorts(view.servers ?? []).map(({ name, requests, errors }) => [name, { requests, errors }])
  return { baseline: { pid: view.workers.newest, counts: Object.fromEntries(counts) } }
}

interface FrameChange {
  route: Route
  present: Route | undefined
  others: Route[]
}

/**
 * The frame stands on the shared files of this version. A file that HAProxy refuses is taken back, or the next restart would find no
 * proxy at all.
 */
async function loadFrame(
  parts: ProxyParts,
  { route, present, others }: FrameChange,
  context: WorkContext,
): Promise<void> {
  if (!hasSections(await readBase(parts, context.signal))) await renewFiles(parts, context)
  if (route.callers) await ensureLinkFolder(parts, context)
  await replaceFiles(parts, [buildPlaceFiles({ route, loaded: false }), buildNameFiles([...others, route])], context)
  const fault = await checkConfig(parts, context.signal)
  if (!fault) return reloadProxy(parts, context)
  if (!present) await removePlace(parts, route, context)
  const former = present ? [buildPlaceFiles({ route: present, loaded: false })] : []
  await replaceFiles(parts, [...former, buildNameFiles(present ? [...others, present] : others)], context)
  throw proxyFailure('it refuses the route', fault)
}

/** Only the newest process: HAProxy lets nobody change the servers of one that ends. */
async function applyRoute(
  { admin }: ProxyParts,
  route: Route,
  view: Pick<BackendView, 'workers' | 'servers'>,
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
  const done = await pollUntil(approach, { deadlineMs: applyMs, intervalMs: 25, signal })
  if (!done) throw proxyFailure('it did not take the new servers or weights', said)
  return done
}
