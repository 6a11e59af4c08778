import { createHash } from 'node:crypto'
import { keepAliveRules } from './base-config.ts'
import { renderHttpCheck } from './check-config.ts'
import { weightOf, withLastResorts } from './last-resort.ts'
import { backendName, isRouted, type Route, type RouteServer, routeKey } from './route.ts'
import { weighServers } from './weights.ts'

export interface PlaceFile {
  route: Route
  /** False from when the file is written until a reload has taken its frame in: a successor then reloads again. */
  loaded: boolean
  /** What the frame was that was taken in; absent in files from before it was kept. */
  frame?: string
}

/**
 * A place's part of the configuration. Its first line is the route itself, so that one file, replaced at once, is both what
 * HAProxy starts from and what any worker continues from.
 */
export function renderPlace({ route, loaded }: Omit<PlaceFile, 'frame'>): string {
  const weights = weighServers(route)
  const lines = withLastResorts(route).map(
    (server) => `${renderServer(route, server)} ${renderState(route, weightOf(weights, server))}\n`,
  )
  return `# ${JSON.stringify({ route, loaded, frame: hashFrame(route) })}\n${renderFrontend(route)}${renderBackend(route)}${lines.join('')}`
}

/** @returns undefined when the text is not such a file */
export function parsePlace(text: string | undefined): PlaceFile | undefined {
  const [first = ''] = (text ?? '').split('\n', 1)
  if (!first.startsWith('# {')) return undefined
  return JSON.parse(first.slice(2)) as PlaceFile
}

/** What only a reload can change: not the servers, unless they have cookies, which HAProxy gives to none at run time. */
export function describeFrame(route: Route): string {
  const servers = route.sticky
    ? withLastResorts(route)
        .map((server) => renderServer(route, server))
        .toSorted()
    : []
  return [renderFrontend(route), renderBackend(route), ...servers].join('')
}

/** Tells frames apart, also those that another version of Stevedore made of the same route. */
export function hashFrame(route: Route): string {
  return createHash('sha256').update(describeFrame(route)).digest('hex').slice(0, 16)
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
  option allbackups
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
  return renderHttpCheck(path, host ?? 'localhost')
}

function renderCookie(route: Route): string {
  return route.sticky ? '  cookie stevedore insert indirect nocache httponly\n' : ''
}

function renderServer(route: Route, server: RouteServer): string {
  return `  server ${server.name} ${serverAddress(route, server)}${cookieOf(route, server)}`
}

/** A visitor whose server is down goes to another one, not to its last resort. */
function cookieOf({ sticky }: Route, { name, lastResortOf }: RouteServer): string {
  return sticky && !lastResortOf ? ` cookie ${name}` : ''
}

/**
 * The address and checks of a server, as both the file and the runtime API write them. What nothing leads to need not listen. One
 * that answers well is asked slowly; the first answer that is not good, and one that is down, make it quick.
 */
export function serverAddress(route: Route, { address, port, check, lastResortOf }: RouteServer): string {
  if (lastResortOf) return `${address}:${port} backup`
  if (!isRouted(route)) return `${address}:${port}`
  const { intervalMs, steadyMs = intervalMs, rise } = check
  return `${address}:${port} check inter ${steadyMs}ms fastinter ${intervalMs}ms downinter ${intervalMs}ms rise ${rise} fall 3`
}

/** Weight 0 still serves visitors that hold its cookie, so a sticky server without a share is taken out altogether. */
function renderState(route: Route, weight: number): string {
  return `weight ${weight}${route.sticky && weight === 0 ? ' disabled' : ''}`
}
