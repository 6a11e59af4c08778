import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type ExecOptions, type ExecResult, execIn } from '../containers/exec.ts'
import { pollUntil } from '../containers/poll.ts'
import { listWorkers, openAdmin } from './admin.ts'
import { changeRoute, dropRoute } from './change-route.ts'
import { readPlaces } from './place-files.ts'
import { explainProxy, inspectProxy, readProxyKey, startProxy } from './proxy-container.ts'
import type { ProxySettings } from './proxy-settings.ts'
import { backendName, type Route, routeKey } from './route.ts'
import type { ServerStat } from './stat-table.ts'

const readyMs = 20_000

/** The proxy of one host. What it serves is kept in its own volume, so that any worker can go on from there. */
export interface HostProxy {
  /** Makes it and waits until it answers. */
  start(context: WorkContext): Promise<void>
  running(signal: AbortSignal): Promise<boolean>
  /** Routes by `APP.ENVIRONMENT`; none where there is no proxy yet. */
  readRoutes(): Promise<Record<string, Route>>
  /** Brings a route to all processes of the proxy and reads it back. The one that is there must be of the same place. */
  setRoute(route: Route, context: WorkContext): Promise<void>
  removeRoute(place: Pick<Route, 'app' | 'environment'>, context: WorkContext): Promise<void>
  /** Servers of a route in the process that takes new requests, with its id. */
  readServers(route: Route, signal: AbortSignal): Promise<{ pid: number; servers: ServerStat[] } | undefined>
  /** Requests and tunnels that servers still have, in all processes. */
  countSessions(route: Route, names: string[], signal: AbortSignal): Promise<number>
  closeSessions(route: Route, names: string[], context: WorkContext): Promise<void>
  /** Runs a command where the proxy runs: in the network of the host. */
  run(command: string[], options: ExecOptions): Promise<ExecResult>
}

export function openProxy(docker: Docker, settings: ProxySettings): HostProxy {
  const container = docker.getContainer(settings.name)
  let key: string | undefined
  const admin = openAdmin(container, async () => {
    key ??= await readProxyKey(container)
    return { port: settings.ports.admin, key }
  })
  const parts = { docker, settings, container, admin }
  const listAll = async (signal: AbortSignal) => {
    const { newest, old } = await listWorkers(admin, signal)
    return [newest, ...old]
  }
  return {
    async start(context) {
      await startProxy(docker, settings, context)
      const tried = async () => {
        const workers = await admin.listWorkers(context.signal).catch(() => undefined)
        return workers ? 'ready' : (await inspectProxy(docker, settings))?.State.Restarting ? 'failing' : undefined
      }
      const state = await pollUntil(tried, { deadlineMs: readyMs, intervalMs: 100, signal: context.signal })
      if (state !== 'ready') throw await explainProxy(container)
    },
    running: async () => (await inspectProxy(docker, settings))?.State.Running ?? false,
    async readRoutes() {
      if (!(await inspectProxy(docker, settings))) return {}
      const places = await readPlaces(container)
      return Object.fromEntries(places.map(({ route }) => [routeKey(route), route]))
    },
    setRoute: (route, context) => changeRoute(parts, route, context),
    removeRoute: (place, context) => dropRoute(parts, place, context),
    async readServers(route, signal) {
      const { newest: pid } = await listWorkers(admin, signal)
      const servers = await admin.listServers(pid, backendName(route), signal)
      return servers && { pid, servers }
    },
    async countSessions(route, names, signal) {
      const pids = await listAll(signal)
      const tables = await Promise.all(pids.map((pid) => admin.listServers(pid, backendName(route), signal)))
      const leaving = tables.flatMap((table) => table ?? []).filter(({ name }) => names.includes(name))
      return leaving.reduce((sum, { sessions }) => sum + sessions, 0)
    },
    async closeSessions(route, names, context) {
      const commands = names.map((name) => `shutdown sessions server ${backendName(route)}/${name}`)
      for (const pid of await listAll(context.signal)) {
        await context.fence()
        await admin.command(pid, commands, context.signal)
      }
    },
    run: (command, options) => execIn(container, command, options),
  }
}
