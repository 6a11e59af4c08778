import { expect, test } from 'vitest'
import { describeFrame, hashFrame, parsePlace, renderPlace } from './place-config.ts'
import type { Route } from './route.ts'

const server = (revision: number, path = '/health') => ({
  name: `r${revision}-1`,
  revision,
  address: `172.18.0.${revision}`,
  port: 8080,
  check: { path, intervalMs: 1000, steadyMs: 10_000, timeoutMs: 2000, rise: 2 },
})
const route: Route = {
  app: 'shop',
  environment: 'staging',
  host: 'shop.test',
  sticky: false,
  traffic: { 1: 90, 2: 10 },
  servers: [server(1), server(2)],
}

test('a host route is a backend that the shared frontend finds by name, with a last resort for each server', () => {
  const request = 'GET /health HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: stevedore-health\r\nConnection: close\r\n\r\n'
  expect(renderPlace({ route, loaded: true }).split('\n').slice(1).join('\n')).toBe(`backend host.shop.test from common
  balance roundrobin
  option allbackups
  timeout check 2000ms
  option tcp-check
  tcp-check connect
  tcp-check send-binary ${Buffer.from(request).toString('hex')}
  tcp-check expect rstring "^(HTTP/1\\.[01] 1[0-9][0-9][^\\r]*\\r\\n([^\\r]+\\r\\n)*\\r\\n)*HTTP/1\\.[01] ([23][0-9][0-9]|429)"
  http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }
  server r1-1 172.18.0.1:8080 check inter 10000ms fastinter 1000ms downinter 1000ms rise 2 fall 3 weight 256
  server r1-1.last-resort 172.18.0.1:8080 backup weight 256
  server r2-1 172.18.0.2:8080 check inter 10000ms fastinter 1000ms downinter 1000ms rise 2 fall 3 weight 28
  server r2-1.last-resort 172.18.0.2:8080 backup weight 28
`)
})

test('a port route has a frontend of its own', () => {
  const { host: _, ...rest } = route
  expect(describeFrame({ ...rest, port: 8081 })).toContain(`frontend in.8081 from entrance
  bind :8081
.if defined(STEVEDORE_IPV6)
  bind :::8081 v6only
.endif
  tcp-request connection expect-proxy layer4 if { src -f /var/lib/stevedore/base/proxy-protocol.lst }
  default_backend port.8081

backend port.8081 from common
`)
})

test('each further way in is a backend of those servers that listen there', () => {
  const echo = { ...server(2), further: { 'port.9000': { port: 7000 }, 'host.api.test': { port: 7001, http2: true } } }
  const wider: Route = {
    ...route,
    servers: [server(1), echo],
    further: [
      { port: 9000, protocol: 'tcp' },
      { host: 'api.test', protocol: 'grpc' },
    ],
  }
  const text = renderPlace({ route: wider, loaded: true })
  expect(text).toMatch(
    /frontend in\.9000 from stream\n[\s\S]*default_backend port\.9000\n\nbackend port\.9000 from stream/,
  )
  expect(text).toContain(
    '\n  server r2-1 172.18.0.2:7000 check inter 10000ms fastinter 1000ms downinter 1000ms rise 2 fall 3 weight 256\n',
  )
  expect(text).toContain('backend host.api.test from calls\n')
  expect(text).toContain(
    '\n  server r2-1 172.18.0.2:7001 proto h2 check inter 10000ms fastinter 1000ms downinter 1000ms rise 2 fall 3 weight 256\n',
  )
  expect(text.match(/server r1-1 /g)).toHaveLength(1)
})

test('the file tells its route to whoever reads it', () => {
  const file = { route, loaded: false }
  expect(parsePlace(renderPlace(file))).toEqual({ ...file, frame: hashFrame(route) })
  // As an earlier version wrote it.
  expect(parsePlace(`# ${JSON.stringify(file)}\n`)).toEqual(file)
  expect(parsePlace(undefined)).toBeUndefined()
  expect(parsePlace('backend x\n')).toBeUndefined()
})

test('revisions with different health paths are checked by their open port', () => {
  expect(describeFrame({ ...route, servers: [server(1), server(2, '/healthz')] })).not.toContain('tcp-check')
})

test('sticky visitors follow a cookie, never to a server without a share', () => {
  const text = renderPlace({ route: { ...route, sticky: true, traffic: { 1: 100 } }, loaded: true })
  expect(text).toContain('  cookie stevedore insert indirect nocache httponly\n')
  expect(text).toMatch(/server r1-1 .* cookie r1-1 weight 256\n/)
  expect(text).toMatch(/server r2-1 .* cookie r2-1 weight 0 disabled\n/)
  expect(text).toMatch(/server r1-1.last-resort [^ ]+ backup weight 256\n/)
  expect(text).toMatch(/server r2-1.last-resort [^ ]+ backup weight 0 disabled\n/)
})

test('servers come and go without a reload, unless they have cookies; weights always do', () => {
  const fewer = { ...route, traffic: { 1: 100 }, servers: [server(1)] }
  expect(describeFrame(fewer)).toBe(describeFrame(route))
  expect(describeFrame({ ...fewer, sticky: true })).not.toBe(describeFrame({ ...route, sticky: true }))
  expect(describeFrame({ ...route, sticky: true, traffic: {} })).toBe(describeFrame({ ...route, sticky: true }))
})

test('a container from before two cadences were kept is asked as it was, and what nothing leads to is not asked', () => {
  const check = { path: '/health', intervalMs: 1000, timeoutMs: 2000, rise: 2 }
  const old = { ...route, servers: [{ ...server(1), check }] }
  expect(renderPlace({ route: old, loaded: true })).toContain(
    'check inter 1000ms fastinter 1000ms downinter 1000ms rise 2',
  )
  const { host: _, ...nowhere } = route
  expect(renderPlace({ route: nowhere, loaded: true })).toMatch(
    /server r1-1 172.18.0.1:8080 weight 256\n {2}server r2-1/,
  )
})

test('a place without servers keeps the frame of those that left, and needs no reload for those that are checked alike', () => {
  const further = [{ port: 9000, protocol: 'tcp' as const }]
  const wide = (one: ReturnType<typeof server>) => ({ ...one, further: { 'port.9000': { port: 7000 } } })
  const one: Route = { ...route, traffic: { 1: 100 }, servers: [wide(server(1))], further }
  const { path, timeoutMs } = server(1).check
  const empty: Route = { ...one, traffic: {}, servers: [], resting: [{ path, timeoutMs }] }
  expect(hashFrame(empty)).toBe(hashFrame(one))
  expect(hashFrame({ ...one, servers: [wide(server(2))] })).toBe(hashFrame(empty))
  expect(hashFrame({ ...one, servers: [wide(server(2, '/other'))] })).not.toBe(hashFrame(empty))
  expect(parsePlace(renderPlace({ route: empty, loaded: true }))?.route).toEqual(empty)
})

test('whose links come in has a socket each, to the same backend as all others', () => {
  const { host: _, ...rest } = route
  const linked: Route = { ...rest, callers: ['cart/staging', 'desk/test'] }
  const text = renderPlace({ route: linked, loaded: true })
  const binds = [
    ...text.matchAll(/^ {2}bind (unix@\/var\/lib\/stevedore\/links\/[0-9a-f]{24}\.sock) accept-proxy mode 666$/gm),
  ]
  expect(new Set(binds.map(([, socket]) => socket)).size).toBe(2)
  expect(text).toContain('frontend link.shop.staging from entrance\n')
  expect(text).toContain('  default_backend place.shop.staging\n\nbackend place.shop.staging from common\n')
  // Nothing else leads there, and it is asked how it is all the same.
  expect(text).toContain('server r1-1 172.18.0.1:8080 check ')
  expect(describeFrame({ ...linked, protocol: 'tcp' })).toContain('frontend link.shop.staging from stream\n')
  expect(hashFrame({ ...linked, callers: ['cart/staging'] })).not.toBe(hashFrame(linked))
  expect(hashFrame(rest)).toBe(hashFrame({ ...rest, callers: [] }))
})
