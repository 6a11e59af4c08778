import { createHash, randomBytes } from 'node:crypto'
import { addressLists, forwardingRules, ipv6Variable, proxyHeaderRule, renderBinds, sections } from './entrance.ts'
import { proxyFolders } from './folders.ts'
import { nameRules, namesFile } from './names.ts'
import type { ProxyLimits, ProxySettings } from './settings.ts'

export const baseFile = 'base.cfg'
/** Beside it: the hash of the base that the proxy was last seen to take in. HAProxy reads no file of such a name. */
export const loadedFile = 'loaded'
/** How long a connection may wait for its next request: kept short, since a drain after a reload waits for it. */
export const keepAliveSeconds = 5

/**
 * What each frontend does with its clients' connections. A reload leaves idle ones open for one more request, and clients are told
 * when one ends: a request that is sent just then would be lost, and a client can know that only so.
 */
const keepAliveRules = `\
  option idle-close-on-response
  http-after-response set-header Keep-Alive timeout=${keepAliveSeconds}
`

export const masterSocket = '/run/haproxy/master.sock'

export interface BaseSettings extends Pick<ProxySettings, 'ports' | 'limits' | 'trusted' | 'proxyProtocolFrom'> {
  /** Opens the admin port: an IPv6 address that only the owner of the proxy's volume knows. */
  adminKey: string
  /** What the certificates hold, as a hash: with one that was renewed the text differs, and is taken in. Absent: there are none. */
  certificates?: string | undefined
  /** Whether the machine has IPv6. */
  ipv6: boolean
  /** What the places are called by. */
  names: string
}

/** The files that all places share, by name. */
export function renderBaseFiles(settings: BaseSettings): Record<string, string> {
  return {
    [addressLists.trusted]: renderList(settings.trusted),
    [addressLists.proxyProtocol]: renderList(settings.proxyProtocolFrom),
    [namesFile]: settings.names,
    [baseFile]: renderBase(settings),
  }
}

function renderList(addresses: readonly string[]): string {
  return addresses.map((address) => `${address}\n`).join('')
}

/**
 * The part of the configuration that all places share. The admin port cannot be a Unix socket, since no small image has a
 * client for one; any process of the host can reach loopback, so a connection must name the admin key as its source by a PROXY
 * header. The last defaults are for places' files that name no section: an earlier version wrote them.
 */
export function renderBase({ ports, adminKey, certificates, limits, ipv6 }: Omit<BaseSettings, 'names'>): string {
  return `${renderGlobal(limits, ipv6)}
${renderDefaults(limits)}
frontend http from ${sections.http}
${renderBinds(ports.http)}\
${certificates ? `${markCertificates(certificates)}\n${renderBinds(ports.https, tlsOptions)}` : ''}\
${proxyHeaderRule}${nameRules}\
  default_backend none

backend none from ${sections.common}
  http-request return status 404 content-type text/plain string "nothing is routed here\\n"

listen admin from ${sections.common}
  mode tcp
  bind 127.0.0.1:${ports.admin} accept-proxy
  tcp-request session reject unless { src ${adminKey} }
  server master unix@${masterSocket}
`
}

/** Stands in a base that was written and checked with these certificates; that it was taken in as well is told by `isLoaded`. */
export function markCertificates(hash: string): string {
  return `  # certificates ${hash}`
}

const tlsOptions = ` ssl crt ${proxyFolders.certs}/ alpn h2,http/1.1`

/** What HAProxy adds to a request's headers, and keeps of each beside its bytes. */
const headerRoomBytes = 8_192
const maxHeaders = 256

function renderGlobal({ headerBytes }: ProxyLimits, ipv6: boolean): string {
  return `global
  log stdout format raw local0 notice
  fd-hard-limit 65536
  uid 99
  gid 99
  hard-stop-after 24h
  mworker-max-reloads 50
  stats timeout 60s
  tune.bufsize ${headerBytes + 2 * headerRoomBytes}
  tune.maxrewrite ${headerRoomBytes}
  tune.http.maxhdr ${maxHeaders}
  ${ipv6 ? `setenv ${ipv6Variable} 1` : `unsetenv ${ipv6Variable}`}
`
}

/** Keep-alive ends at the proxy (`http-server-close`): a request never meets a connection that its replica is closing. */
function renderDefaults({ silenceSeconds, tunnelSeconds }: ProxyLimits): string {
  return `defaults ${sections.common}
  log global
  mode http
  option http-server-close
  option dontlognull
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  timeout connect 5s
  timeout queue 10s
  timeout http-request 15s
  timeout http-keep-alive ${keepAliveSeconds}s
  timeout client ${silenceSeconds}s
  timeout server ${silenceSeconds}s
  timeout tunnel ${tunnelSeconds}s

defaults ${sections.http} from ${sections.common}
${keepAliveRules}${forwardingRules}
defaults ${sections.calls} from ${sections.common}
  timeout server ${tunnelSeconds}s

defaults ${sections.tcp} from ${sections.common}
  mode tcp
  timeout client ${tunnelSeconds}s
  timeout server ${tunnelSeconds}s

defaults from ${sections.common}
`
}

export function hashBase(base = ''): string {
  return createHash('sha256').update(base).digest('hex')
}

/** Whether the proxy has taken in the base that is there: a worker may have been killed in between. */
export function isLoaded(files: Record<string, string>): boolean {
  return files[loadedFile] === hashBase(files[baseFile])
}

/** Whether it listens for TLS. */
export function servesTls(base = ''): boolean {
  return base.includes(' ssl crt ')
}

/** Whether the sections are there that places of this version name. */
export function hasSections(base = ''): boolean {
  return base.includes(`defaults ${sections.http} from`)
}

/**
 * Whether a base may be renewed without the certificates that are there, where HAProxy refuses them: it is of an earlier version, whose
 * places cannot be changed otherwise, and served none before.
 */
export function goesWithoutCertificates(base = ''): boolean {
  return !hasSections(base) && !servesTls(base)
}

export interface AdminAccess {
  port: number
  key: string
}

/** @returns undefined when the text is not such a configuration */
export function readAdminAccess(base: string): AdminAccess | undefined {
  const port = /bind 127\.0\.0\.1:(\d+) accept-proxy/.exec(base)?.[1]
  const key = /reject unless \{ src ([0-9a-f:]+) \}/.exec(base)?.[1]
  return port && key ? { port: Number(port), key } : undefined
}

/** What an empty volume is filled with. What can only be asked of a running proxy follows with the first refresh. */
export function layOutVolume(settings: ProxySettings): Record<string, string> {
  const files = renderBaseFiles({ ...settings, adminKey: makeAdminKey(), ipv6: false, names: '' })
  // It begins with them.
  const all = { ...files, [loadedFile]: hashBase(files[baseFile]) }
  const base = Object.entries(all).map(([name, text]) => [`base/${name}`, text])
  return { 'base/': '', 'places/': '', 'incoming/': '', 'certs/': '', ...Object.fromEntries(base) }
}

/** 120 random bits in the shape of a unique local address. */
function makeAdminKey(): string {
  const bytes = Buffer.concat([Buffer.of(0xfd), randomBytes(15)])
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')
}
