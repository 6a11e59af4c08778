import type { Certificate, CertificateRefusal, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { ExecResult } from '../client/exec.ts'
import { openShell, quoteWords, type ShellOptions } from '../client/shell.ts'
import { openAdmin, type ProxyAdmin } from './admin.ts'
import type { ServerStat } from './admin-tables.ts'
import { changeRoute, dropRoute } from './change-route.ts'
import { readPlaces } from './files.ts'
import { isIdle } from './idle.ts'
import { foldLastResorts, withLastResorts } from './last-resort.ts'
import { ensureLinkFolder, findLinkFolder } from './link-sockets.ts'
import { refreshFiles } from './refresh.ts'
import { backendName, listBackends, type Route, type RoutedPlace, routeKey } from './route.ts'
import type { ProxySettings } from './settings.ts'
import { inspectProxy, startProxy } from './start.ts'
import { takeCertificates } from './take-certificates.ts'

/** The proxy of one host. What it serves is kept in its own volume, so that any worker can go on from there. */
export interface HostProxy {
  /** Makes it and waits until it answers. */
  start(context: WorkContext): Promise<void>
  /** Takes in new certificates and settings. */
  refresh(context: WorkContext): Promise<void>
  /** Makes these the certificates that were brought, and serves them. @returns those that HAProxy refuses; none where there is no proxy yet */
  takeCertificates(read: () => Promise<Certificate[]>, context: WorkContext): Promise<CertificateRefusal[]>
  isRunning(): Promise<boolean>
  /** Routes by `APP.ENVIRONMENT`; none where there is no proxy yet. */
  readRoutes(): Promise<Record<string, Route>>
  /** The route of a place; undefined where it has none. */
  findRoute(place: RoutedPlace): Promise<Route | undefined>
  /** Brings a route to all processes of the proxy, reads it back and gives its servers as they are then. */
  setRoute(route: Route, context: WorkContext): Promise<ServerStat[]>
  removeRoute(place: RoutedPlace, context: WorkContext): Promise<void>
  /** Servers of a route in the process that takes new requests, with its id. */
  readServers(route: Route, signal: AbortSignal): Promise<{ pid: number; servers: ServerStat[] } | undefined>
  /**
   * Whether servers are known to have no request or tunnel in any process and can get none. A process that was there before a
   * reload cannot be told of changes; it may still send one request on each connection to the servers that it knew, until
   * keep-alive ends.
   */
  isIdle(route: Route, names: string[], signal: AbortSignal): Promise<boolean>
  /** In the newest process; those of an old one end with their server. */
  closeSessions(route: Route, names: string[], context: WorkContext): Promise<void>
  /** Makes the folder of the sockets that links lead to. @returns where it is on the engine's machine */
  openLinkFolder(context: WorkContext): Promise<string>
  /** Runs a command where the proxy runs: in the network of the host. */
  run(command: string[], options: ShellOptions): Promise<ExecResult>
}

export function openProxy(docker: Docker, settings: ProxySettings): HostProxy {
  const container = docker.getContainer(settings.name)
  const shell = openShell(container)
  const admin = openAdmin({ container, shell })
  const parts = { docker, settings, container, shell, admin }
  const readRoutes = async () => {
    if (!(await inspectProxy(docker, settings))) return {}
    const places = await readPlaces(parts)
    return Object.fromEntries(places.map(({ route }) => [routeKey(route), route]))
  }
  return {
    start: (context) => startProxy(parts, context),
    refresh: (context) => refreshFiles(parts, context),
    takeCertificates: (read, context) => takeCertificates(parts, read, context),
    isRunning: async () => (await inspectProxy(docker, settings))?.State.Running ?? false,
    readRoutes,
    findRoute: async (place) => (await readRoutes())[routeKey(place)],
    setRoute: (route, context) => changeRoute(parts, route, context),
    removeRoute: (place, context) => dropRoute(parts, place, context),
    async readServers(route, signal) {
      const { workers, servers } = await admin.look(backendName(route), signal)
      return servers && { pid: workers.newest, servers: foldLastResorts(servers) }
    },
    isIdle: (route, names, signal) => isIdle(admin, route, names, signal),
    closeSessions: (route, names, context) => closeSessions(admin, route, names, context),
    async openLinkFolder(context) {
      await ensureLinkFolder(parts, context)
      return findLinkFolder(docker, settings.name)
    },
    run: (command, options) => shell.run(quoteWords(command), options),
  }
}

async function closeSessions(
  admin: ProxyAdmin,
  route: Route,
  names: string[],
  { signal, fence }: WorkContext,
): Promise<void> {
  for (const one of listBackends(route)) {
    const backend = backendName(one)
    const { workers } = await admin.look(backend, signal)
    const servers = withLastResorts(one).filter(({ name, lastResortOf }) => names.includes(lastResortOf ?? name))
    const commands = servers.map(({ name }) => `shutdown sessions server ${backend}/${name}`)
    await fence()
    await admin.command(workers.newest, commands, backend, signal)
  }
}
