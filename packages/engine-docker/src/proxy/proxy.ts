import type { WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type ExecOptions, type ExecResult, execIn } from '../containers/exec.ts'
import { openAdmin } from './admin.ts'
import { changeRoute, dropRoute } from './change-route.ts'
import { readPlaces } from './place-files.ts'
import { inspectProxy, readProxyKey } from './proxy-container.ts'
import type { ProxySettings } from './proxy-settings.ts'
import { backendName, type Route, routeKey } from './route.ts'
import { startProxy } from './start-proxy.ts'
import type { ServerStat } from './stat-table.ts'

/** The proxy of one host. What it serves is kept in its own volume, so that any worker can go on from there. */
export interface HostProxy {
  /** Makes it and waits until it answers. */
  start(context: WorkContext): Promise<void>
  isRunning(): Promise<boolean>
  /** Routes by `APP.ENVIRONMENT`; none where there is no proxy yet. */
  readRoutes(): Promise<Record<string, Route>>
  /** Brings a route to all processes of the proxy, reads it back and gives its servers as they are then. */
  setRoute(route: Route, context: WorkContext): Promise<ServerStat[]>
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
  return {
    start: (context) => startProxy(parts, context),
    isRunning: async () => (await inspectProxy(docker, settings))?.State.Running ?? false,
    async readRoutes() {
      if (!(await inspectProxy(docker, settings))) return {}
      const places = await readPlaces(container)
      return Object.fromEntries(places.map(({ route }) => [routeKey(route), route]))
    },
    setRoute: (route, context) => changeRoute(parts, route, context),
    removeRoute: (place, context) => dropRoute(parts, place, context),
    async readServers(route, signal) {
      const { workers, servers } = await admin.look(backendName(route), signal)
      return servers && { pid: workers.newest, servers }
    },
    async countSessions(route, names, signal) {
      const { workers, servers } = await admin.look(backendName(route), signal)
      const older = await Promise.all(workers.old.map((pid) => admin.listServers(pid, backendName(route), signal)))
      const leaving = [servers, ...older].flatMap((table) => table ?? []).filter(({ name }) => names.includes(name))
      return leaving.reduce((sum, { sessions }) => sum + sessions, 0)
    },
    async closeSessions(route, names, context) {
      const backend = backendName(route)
      const { workers } = await admin.look(backend, context.signal)
      const commands = names.map((name) => `shutdown sessions server ${backend}/${name}`)
      for (const pid of [workers.newest, ...workers.old]) {
        await context.fence()
        await admin.command(pid, commands, backend, context.signal)
      }
    },
    run: (command, options) => execIn(container, command, options),
  }
}
