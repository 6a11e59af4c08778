import { FailureError } from '@stevedore/contract'
import { type Place, pollUntil, type WorkContext } from '@stevedore/engine'
import { explainUnhealthy } from '../failure/container.ts'
import { describeHost, type Host } from '../hosts.ts'
import { isUp, type ServerStat } from '../proxy/admin-tables.ts'
import { keepAliveSeconds } from '../proxy/base-config.ts'
import type { Route } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { buildCallers, buildEntrances } from '../spec/entrances.ts'
import { describeOwnProbe, type ProbeResult, probeReplica } from '../state/probe.ts'
import { isRunning, listReplicas, type ReplicaContainer } from '../state/replicas.ts'

/** Gives each revision its percent of new requests, among its replicas that answer well now, and waits until they are served. */
export async function routeTraffic(
  host: Host,
  place: Place,
  weights: Record<number, number>,
  context: WorkContext,
): Promise<void> {
  await host.proxy.start(context)
  const traffic = Object.fromEntries(Object.entries(weights).filter(([, percent]) => percent > 0))
  const before = await host.proxy.findRoute(place)
  const route = buildRoute(place, traffic, await pickServing(host, place, before, traffic, context))
  await awaitServed(host, route, await host.proxy.setRoute(route, context), context.signal)
  if (before?.servers.length === 0) await awaitFormer(host, route, context.signal)
  context.event('traffic.shifted', { weights: traffic, ...describeHost(host) })
}

function buildRoute(place: Place, traffic: Record<number, number>, replicas: ReplicaContainer[]): Route {
  const settings = dockerSettings(place)
  const { strategy } = settings
  return {
    app: place.app,
    environment: place.environment,
    ...buildEntrances(settings),
    ...buildCallers(place),
    // Plain connections have no cookie.
    sticky: strategy.type === 'canary' && strategy.sticky && settings.protocol !== 'tcp',
    traffic,
    servers: replicas.map(({ server }) => server),
  }
}

/**
 * Replicas without traffic stay in the route at weight 0, so that a return to them is one switch. So do those of the route that do
 * not answer just now: the proxy's own checks keep them from traffic and bring them back.
 */
async function pickServing(
  host: Host,
  place: Place,
  before: Route | undefined,
  traffic: Record<number, number>,
  { signal }: WorkContext,
): Promise<ReplicaContainer[]> {
  const routed = new Set(before?.servers.map(({ name }) => name))
  const replicas = await listReplicas(host, place, signal)
  const present = replicas.filter(
    (replica) => isRunning(replica) || routed.has(replica.server.name) || traffic[replica.revision],
  )
  const answers = await Promise.all(present.map((replica) => ask(host, place, traffic, replica, signal)))
  for (const revision of Object.keys(traffic).map(Number)) await requireHealthy(host, place, revision, answers)
  return answers
    .filter(({ healthy, busy, replica }) => healthy || busy || routed.has(replica.server.name))
    .map(({ replica }) => replica)
}

interface Answer extends ProbeResult {
  replica: ReplicaContainer
}

/** One that gets no traffic is not asked. */
async function ask(
  host: Host,
  place: Place,
  traffic: Record<number, number>,
  replica: ReplicaContainer,
  signal: AbortSignal,
): Promise<Answer> {
  if (!traffic[replica.revision]) return { replica, healthy: true, answer: '' }
  const probe = describeOwnProbe(dockerSettings(place), replica.server.check)
  return { replica, ...(await probeReplica(host, replica, probe, signal)) }
}

/** What took traffic or was proven before is not held to a deploy's gate again: one that is busy will do. */
async function requireHealthy(
  { docker }: Host,
  { settings }: Place,
  revision: number,
  answers: Answer[],
): Promise<void> {
  const own = answers.filter(({ replica }) => replica.revision === revision)
  if (own.some(({ healthy, busy }) => healthy || busy)) return
  const said = own.map(({ replica, answer }) => `${replica.name}: ${answer}`).join('\n')
  const failure = new FailureError('never-healthy', {
    diagnosis: `revision ${revision} has no healthy replica to take traffic; it was left as it is\n${said}`.trim(),
  })
  const ended = own.find(({ replica }) => !isRunning(replica))?.replica
  if (!ended) throw failure
  throw await explainUnhealthy(docker.getContainer(ended.id), { name: ended.name, settings }, failure)
}

/** The proxy's own checks must agree with the probes for at least one replica of each revision with traffic. */
async function awaitServed({ proxy }: Host, route: Route, first: ServerStat[], signal: AbortSignal): Promise<void> {
  let servers = first
  const look = async () => {
    if (isServed(route, servers)) return true
    servers = (await proxy.readServers(route, signal))?.servers ?? []
    return isServed(route, servers) || undefined
  }
  const deadlineMs = longestCheckMs(route)
  if (await pollUntil(look, { deadlineMs, intervalMs: 25, longestMs: 200, signal })) return
  const said = servers.map(({ name, status, check }) => `${name}: ${status} ${check}`).join('\n')
  throw new FailureError('proxy-failed', { diagnosis: `the proxy finds no healthy replica\n${said}` })
}

/**
 * Where nobody served, what a process of before a reload still gets on an idle connection it answers with 503: that is over when its
 * connections are. Where somebody did, whoever takes them out waits for that.
 */
async function awaitFormer({ proxy }: Host, route: Route, signal: AbortSignal): Promise<void> {
  const look = async () => (await proxy.isIdle(route, [], signal)) || undefined
  await pollUntil(look, { deadlineMs: 2_000 * keepAliveSeconds, intervalMs: 25, longestMs: 200, signal })
}

const shortestWaitMs = 5_000

/** How long the proxy's checks may take to find a replica up. */
function longestCheckMs({ servers }: Route): number {
  const checks = servers.map(({ check }) => check.intervalMs * (check.rise + 1) + check.timeoutMs)
  return Math.max(shortestWaitMs, ...checks)
}

function isServed(route: Route, servers: ServerStat[]): boolean {
  const up = new Set(servers.filter(isUp).map(({ name }) => name))
  return Object.keys(route.traffic).every((revision) =>
    route.servers.some((server) => server.revision === Number(revision) && up.has(server.name)),
  )
}
