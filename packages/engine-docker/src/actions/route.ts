import { durationMs, FailureError } from '@stevedore/contract'
import { type Place, pollUntil, type WorkContext } from '@stevedore/engine'
import type { Host } from '../host.ts'
import { isUp, type ServerStat } from '../proxy/admin-tables.ts'
import { type Route, routeKey } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { describeProbe, probeReplica } from '../state/probe.ts'
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
  const route = buildRoute(place, traffic, await pickServing(host, place, traffic, context))
  await awaitServed(host, route, await host.proxy.setRoute(route, context), context.signal)
  context.event('traffic.shifted', { weights: traffic, host: host.name })
}

function buildRoute(place: Place, traffic: Record<number, number>, replicas: ReplicaContainer[]): Route {
  const { host, port, strategy } = dockerSettings(place)
  return {
    app: place.app,
    environment: place.environment,
    ...(host ? { host } : {}),
    ...(port ? { port } : {}),
    sticky: strategy.type === 'canary' && strategy.sticky,
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
  traffic: Record<number, number>,
  { signal }: WorkContext,
): Promise<ReplicaContainer[]> {
  const routed = new Set((await host.proxy.readRoutes())[routeKey(place)]?.servers.map(({ name }) => name))
  const replicas = await listReplicas(host, place, signal)
  const present = replicas.filter((replica) => isRunning(replica) || routed.has(replica.server.name))
  const wish = describeProbe(dockerSettings(place))
  const answers = await Promise.all(
    present.map(async (replica) => {
      if (!traffic[replica.revision]) return { replica, healthy: true, answer: '' }
      return { replica, ...(await probeReplica(host, replica, { ...wish, path: replica.server.check.path }, signal)) }
    }),
  )
  for (const revision of Object.keys(traffic).map(Number)) {
    const own = answers.filter(({ replica }) => replica.revision === revision)
    if (!own.some(({ healthy }) => healthy)) throw refuse(revision, own)
  }
  return answers
    .filter(({ healthy, replica }) => healthy || routed.has(replica.server.name))
    .map(({ replica }) => replica)
}

function refuse(revision: number, answers: { replica: ReplicaContainer; answer: string }[]): FailureError {
  const said = answers.map(({ replica, answer }) => `${replica.name}: ${answer}`).join('\n')
  return new FailureError('never-healthy', {
    diagnosis: `revision ${revision} has no healthy replica to take traffic; it was left as it is\n${said}`.trim(),
  })
}

/** The proxy's own checks must agree with the probes for at least one replica of each revision with traffic. */
async function awaitServed({ proxy }: Host, route: Route, first: ServerStat[], signal: AbortSignal): Promise<void> {
  const checks = route.servers.map(({ check }) => check.intervalMs * (check.rise + 1) + check.timeoutMs)
  let servers: ServerStat[] | undefined = first
  const served = async () => {
    servers ??= (await proxy.readServers(route, signal))?.servers ?? []
    const ready = isServed(route, servers)
    if (!ready) servers = undefined
    return ready ? true : undefined
  }
  const deadlineMs = Math.max(durationMs('5s'), ...checks)
  if (await pollUntil(served, { deadlineMs, intervalMs: 100, signal })) return
  const seen = (await proxy.readServers(route, signal))?.servers ?? []
  const said = seen.map(({ name, status, check }) => `${name}: ${status} ${check}`).join('\n')
  throw new FailureError('proxy-failed', { diagnosis: `the proxy finds no healthy replica\n${said}` })
}

function isServed(route: Route, servers: ServerStat[]): boolean {
  const up = new Set(servers.filter(isUp).map(({ name }) => name))
  return Object.keys(route.traffic).every((revision) =>
    route.servers.some((server) => server.revision === Number(revision) && up.has(server.name)),
  )
}
