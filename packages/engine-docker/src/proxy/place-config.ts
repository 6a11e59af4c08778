import { keepAliveRules } from './base-config.ts'
import { backendName, type Route, type RouteServer, routeKey } from './route.ts'
import { weighServers } from './weights.ts'

export interface PlaceFile {
  route: Route
  /** False from when the file is written until a reload has taken its frame in: a successor then reloads again. */
  loaded: boolean
}

/**
 * A place's part of the configuration. Its first line is the route itself, so that one file, replaced at once, is both what
 * HAProxy starts from and what any worker continues from.
 */
export function renderPlace({ route, loaded }: PlaceFile): string {
  const weights = weighServers(route)
  const lines = route.servers.map(
    (server) => `${renderServer(route, server)} ${renderState(route, weights[server.name] ?? 0)}\n`,
  )
  return `# ${JSON.stringify({ route, loaded })}\n${renderFrontend(route)}${renderBackend(route)}${lines.join('')}`
}

/** @returns undefined when the text is not such a file */
export function parsePlace(text: string | undefined): PlaceFile | undefined {
  const [first = ''] = (text ?? '').split('\n', 1)
  if (!first.startsWith('# {')) return undefined
  return JSON.parse(first.slice(2)) as PlaceFile
}

/** What only a reload can change: not the servers, unless they have cookies, which HAProxy gives to none at run time. */
export function describeFrame(route: Route): string {
  const servers = route.sticky ? route.servers.map((server) => renderServer(route, server)).toSorted() : []
  return [renderFrontend(route), renderBackend(route), ...servers].join('')
}

function renderFrontend(route: Route): string {
  if (!route.port) return ''
  return `frontend in.${routeKey(route)}\n  bind :${route.port}\n${keepAliveRules}  default_backend ${backendName(route)}\n\n`
}

/** Requests that are not idempotent are repeated only when they never reached a replica. */
function renderBackend(route: Route): string {
  const timeoutMs = Math.max(1_000, ...route.servers.map(({ check }) => check.timeoutMs))
  return `backend ${backendName(route)}
  balance roundrobin
  timeout check ${timeoutMs}ms
${renderCheck(route)}${renderCookie(route)}\
  http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
`
}

/**
 * HAProxy has one check for all servers of a backend. While revisions with different health paths share it, an open port must do:
 * the new path would take down the replicas that do not know it.
 */
function renderCheck({ servers, host }: Route): string {
  const [path, ...others] = new Set(servers.map(({ check }) => check.path))
  if (!path || others.length > 0) return ''
  return `  option httpchk
  http-check send meth GET uri ${path.replaceAll("'", "\\'")} ver HTTP/1.1 hdr Host ${host ?? 'localhost'} hdr Connection close
  http-check expect status 200-399
`
}

function renderCookie(route: Route): string {
  return route.sticky ? '  cookie stevedore insert indirect nocache httponly\n' : ''
}

function renderServer(route: Route, server: RouteServer): string {
  return `  server ${server.name} ${serverAddress(route, server)}${route.sticky ? ` cookie ${server.name}` : ''}`
}

/** The address and checks of a server, as both the file and the runtime API write them. What nothing leads to need not listen. */
export function serverAddress(route: Route, { address, port, check }: RouteServer): string {
  if (!route.host && !route.port) return `${address}:${port}`
  return `${address}:${port} check inter ${check.intervalMs}ms rise ${check.rise} fall 3`
}

/** Weight 0 still serves visitors that hold its cookie, so a sticky server without a share is taken out altogether. */
function renderState(route: Route, weight: number): string {
  return `weight ${weight}${route.sticky && weight === 0 ? ' disabled' : ''}`
}
