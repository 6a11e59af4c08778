/** A replica as the proxy knows it. */
export interface RouteServer {
  /** `r3-1`: the first replica of revision 3. */
  name: string
  revision: number
  /** An IPv4 address of the host's Stevedore network, which the replica keeps over restarts. */
  address: string
  port: number
  check: ServerCheck
  /** Gets nothing new, while what it has under way ends. */
  leaving?: boolean
  /** The server that this one stands in for; see `last-resort.ts`. Never stored. */
  lastResortOf?: string
}

export interface ServerCheck {
  /** Absent: a connection that opens is healthy. */
  path?: string
  /** Once an answer was not good. */
  intervalMs: number
  /** While all is well. Absent in containers from before it was kept: as `intervalMs`. */
  steadyMs?: number
  timeoutMs: number
  /** Successes in a row that bring a replica back. */
  rise: number
}

/** Where a place's traffic comes in, and where it goes: all that the proxy knows of it. */
export interface Route {
  app: string
  environment: string
  host?: string
  port?: number
  /** Visitors stay on the replica that first answered, by a cookie. */
  sticky: boolean
  /** Percent of new requests by revision. */
  traffic: Record<number, number>
  servers: RouteServer[]
  /** The counters of each server when the traffic last changed, as one worker of the proxy had them. */
  baseline?: Baseline
}

export interface Baseline {
  pid: number
  counts: Record<string, { requests: number; errors: number }>
}

export type RoutedPlace = Pick<Route, 'app' | 'environment'>

/** Unique among the places of a host: a name has no dot. */
export function routeKey({ app, environment }: RoutedPlace): string {
  return `${app}.${environment}`
}

/** The proxy finds the backend of a request by the host it names, so this name is derived from what comes in. */
export function backendName(route: Route): string {
  if (route.host) return `host.${route.host}`
  return route.port ? `port.${route.port}` : `place.${routeKey(route)}`
}

/** Whether anything leads here. */
export function isRouted({ host, port }: Pick<Route, 'host' | 'port'>): boolean {
  return Boolean(host ?? port)
}
