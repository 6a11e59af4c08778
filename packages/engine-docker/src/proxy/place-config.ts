import { createHash } from 'node:crypto'
import type { PortProtocol } from '@stevedore/contract'
import { nameInChecks } from '@stevedore/engine'
import { renderHttpCheck } from './check-config.ts'
import { proxyHeaderRule, renderBinds, sections } from './entrance.ts'
import { weightOf, withLastResorts } from './last-resort.ts'
import { backendName, isRouted, listBackends, type Resting, type Route, type RouteServer, routeKey } from './route.ts'
import { pathOfSocket } from './socket-names.ts'
import { weighServers } from './weights.ts'

export interface PlaceFile {
  route: Route
  /** False from when the file is written until a reload has taken its frame in: a successor then reloads again. */
  loaded: boolean
  /** What the file's frame was like, for a reader that would write another. Absent in files of an earlier version. */
  frame?: string
}

/**
 * A place's part of the configuration. Its first line is the route itself, so that one file, replaced at once, is both what
 * HAProxy starts from and what any worker continues from.
 */
export function renderPlace({ route, loaded }: Omit<PlaceFile, 'frame'>): string {
  const parts = listBackends(route).map((one) => {
    const weights = weighServers(one)
    const lines = withLastResorts(one).map(
      (server) => `${renderServer(one, server)} ${renderState(one, weightOf(weights, server))}\n`,
    )
    return `${renderFrontend(one)}${renderBackend(one)}${lines.join('')}`
  })
  return `# ${JSON.stringify({ route, loaded, frame: hashFrame(route) })}\n${parts.join('\n')}`
}

/** @returns undefined when the text is not such a file */
export function parsePlace(text: string | undefined): PlaceFile | undefined {
  const [first = ''] = (text ?? '').split('\n', 1)
  if (!first.startsWith('# {')) return undefined
  return JSON.parse(first.slice(2)) as PlaceFile
}

/** What only a reload can change: not the servers, unless they have cookies, which HAProxy gives to none at run time. */
export function describeFrame(route: Route): string {
  return listBackends(route)
    .flatMap((one) => [renderFrontend(one), renderBackend(one), describeNames(one), ...describeServers(one)])
    .join('')
}

function describeServers(route: Route): string[] {
  if (!route.sticky) return []
  return withLastResorts(route)
    .map((server) => renderServer(route, server))
    .toSorted()
}

function describeNames({ names, redirects }: Route): string {
  return names || redirects ? JSON.stringify({ names, redirects }) : ''
}

/** Tells frames apart, also those that another version of Stevedore made of the same route. */
export function hashFrame(route: Route): string {
  return createHash('sha256').update(describeFrame(route)).digest('hex').slice(0, 16)
}

function renderFrontend(route: Route): string {
  return `${renderPort(route)}${renderLinks(route)}`
}

function renderPort({ port, protocol, ...route }: Route): string {
  if (!port) return ''
  const section = protocol === 'tcp' ? sections.tcp : sections.http
  return `frontend in.${port} from ${section}
${renderBinds(port)}${proxyHeaderRule}  default_backend ${backendName({ ...route, port })}\n\n`
}

/** Whoever stands at the other end of a link says whose request it is, by a PROXY header. */
function renderLinks(route: Route): string {
  const { callers = [], protocol } = route
  if (callers.length === 0) return ''
  const section = protocol === 'tcp' ? sections.tcp : sections.http
  const binds = callers.map((caller) => `  bind unix@${pathOfSocket(route, caller)} accept-proxy mode 666\n`)
  return `frontend link.${routeKey(route)} from ${section}
${binds.join('')}  default_backend ${backendName(route)}\n\n`
}

const backendSections = {
  http: sections.common,
  h2c: sections.common,
  grpc: sections.calls,
  tcp: sections.tcp,
} as const satisfies Record<PortProtocol, string>

/** Requests that are not idempotent are repeated only when they never reached a replica. */
function renderBackend(route: Route): string {
  const timeoutMs = Math.max(1_000, ...listChecks(route).map((check) => check.timeoutMs))
  const rules = route.protocol === 'tcp' ? '' : `${renderCheck(route)}${renderCookie(route)}${repeatRule}`
  return `backend ${backendName(route)} from ${backendSections[route.protocol ?? 'http']}
  balance roundrobin
  option allbackups
  timeout check ${timeoutMs}ms
${rules}`
}

const repeatRule = '  http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }\n'

/**
 * HAProxy has one check for all servers of a backend. While revisions with different health paths share it, an open port must do:
 * the new path would take down the replicas that do not know it.
 */
function renderCheck(route: Route): string {
  const [path, ...others] = new Set(listChecks(route).map((check) => check.path))
  if (!path || others.length > 0) return ''
  return renderHttpCheck(path, nameInChecks(route.host))
}

function listChecks({ servers, resting = [] }: Route): Resting[] {
  return servers.length > 0 ? servers.map(({ check }) => check) : resting
}

function renderCookie(route: Route): string {
  return route.sticky ? '  cookie stevedore insert indirect nocache httponly\n' : ''
}

function renderServer(route: Route, server: RouteServer): string {
  return `  server ${server.name} ${describeServer(route, server)}${cookieOf(route, server)}`
}

/** A visitor whose server is down goes to another one, not to its last resort. */
function cookieOf({ sticky }: Route, { name, lastResortOf }: RouteServer): string {
  return sticky && !lastResortOf ? ` cookie ${name}` : ''
}

/**
 * What a server is and how it is asked, as both the file and the runtime API write it. What nothing leads to need not listen. One
 * that answers well is asked slowly; the first answer that is not good, and one that is down, make it quick.
 */
export function describeServer(route: Route, { address, port, http2, check, lastResortOf }: RouteServer): string {
  const spoken = `${address}:${port}${http2 ? ' proto h2' : ''}`
  if (lastResortOf) return `${spoken} backup`
  if (!isRouted(route)) return spoken
  const { intervalMs, steadyMs = intervalMs, rise } = check
  return `${spoken} check inter ${steadyMs}ms fastinter ${intervalMs}ms downinter ${intervalMs}ms rise ${rise} fall 3`
}

/** Weight 0 still serves visitors that hold its cookie, so a sticky server without a share is taken out altogether. */
function renderState(route: Route, weight: number): string {
  return `weight ${weight}${route.sticky && weight === 0 ? ' disabled' : ''}`
}
