import { randomBytes } from 'node:crypto'

/** Where everything lives in the proxy's volume. Places are files of their own, so that no change touches another's. */
export const proxyFolders = {
  volume: '/var/lib/stevedore',
  base: '/var/lib/stevedore/base',
  places: '/var/lib/stevedore/places',
  incoming: '/var/lib/stevedore/incoming',
  certs: '/var/lib/stevedore/certs',
} as const

export const baseFile = 'base.cfg'
/** How long a connection may wait for its next request: kept short, since a drain after a reload waits for it. */
export const keepAliveSeconds = 5

/**
 * What each frontend does with its clients' connections. A reload leaves idle ones open for one more request, and clients are told
 * when one ends: a request that is sent just then would be lost, and a client can know that only so.
 */
export const keepAliveRules = `\
  option idle-close-on-response
  http-after-response set-header Keep-Alive timeout=${keepAliveSeconds}
`

export const masterSocket = '/run/haproxy/master.sock'

export interface ProxyPorts {
  http: number
  https: number
  /** On the host's loopback. */
  admin: number
}

export interface BaseSettings {
  ports: ProxyPorts
  /** Opens the admin port: an IPv6 address that only the owner of the proxy's volume knows. */
  adminKey: string
  /** Whether there is a certificate to serve. */
  tls: boolean
}

/**
 * The part of the configuration that all places share. The admin port cannot be a Unix socket, since no small image has a
 * client for one; any process of the host can reach loopback, so a connection must name the admin key as its source by a PROXY
 * header. Keep-alive ends at the proxy (`http-server-close`): a request never meets a connection that its replica is closing.
 */
export function renderBase({ ports, adminKey, tls }: BaseSettings): string {
  return `global
  log stdout format raw local0 notice
  fd-hard-limit 65536
  uid 99
  gid 99
  hard-stop-after 24h
  mworker-max-reloads 50
  stats timeout 60s

defaults
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
  timeout client 5m
  timeout server 5m
  timeout tunnel 1h

frontend http
  bind :${ports.http}
${tls ? `  bind :${ports.https} ssl crt ${proxyFolders.certs}/ alpn h2,http/1.1\n` : ''}\
${keepAliveRules}\
  use_backend host.%[req.hdr(host),field(1,:),lower]
  default_backend none

backend none
  http-request return status 404 content-type text/plain string "nothing is routed here\\n"

listen admin
  mode tcp
  bind 127.0.0.1:${ports.admin} accept-proxy
  tcp-request session reject unless { src ${adminKey} }
  server master unix@${masterSocket}
`
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

/** What an empty volume is filled with. */
export function layOutVolume(ports: ProxyPorts): Record<string, string> {
  const base = renderBase({ ports, adminKey: makeAdminKey(), tls: false })
  return { 'base/': '', 'places/': '', 'incoming/': '', 'certs/': '', [`base/${baseFile}`]: base }
}

/** 120 random bits in the shape of a unique local address. */
function makeAdminKey(): string {
  const bytes = Buffer.concat([Buffer.of(0xfd), randomBytes(15)])
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')
}
