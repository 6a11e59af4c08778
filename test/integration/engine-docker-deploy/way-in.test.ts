import { once } from 'node:events'
import { request } from 'node:http'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { openContext } from '@stevedore/engine/conformance'
import { findFreePort, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFiles, writeFiles } from '../../../packages/engine-docker/src/client/archive.ts'
import { proxyFolders } from '../../../packages/engine-docker/src/proxy/folders.ts'
import { parsePlace } from '../../../packages/engine-docker/src/proxy/place-config.ts'
import { openPlace, openStage, type PlaceOptions, type Stage, stageComponents } from './stage.ts'

/** Addresses of loopback that stand for other machines: a trusted proxy, a balancer. */
const [stranger, trusted, balancer] = ['127.0.0.1', '127.0.0.3', '127.0.0.4']

interface Asked {
  status: number
  location: string | undefined
  body: string
}

/** A request as it is, from an address of this machine. */
function ask(port: number, path: string, headers: Record<string, string>, from = stranger): Promise<Asked> {
  const host = from.includes(':') ? '::1' : '127.0.0.1'
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, headers, localAddress: from, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: await text(response) })
    })
    sent.once('error', reject).end()
  })
}

describe.skipIf(lacks(...stageComponents))('the way in', () => {
  let stage: Stage
  beforeAll(async () => {
    const limits = { headerBytes: 65_536, silenceSeconds: 3, tunnelSeconds: 6 }
    stage = await openStage({ settings: { limits, trusted: [trusted], proxyProtocolFrom: [`${balancer}/32`] } })
  })
  afterAll(() => stage.close())

  async function openLive(options: PlaceOptions = {}, revision = 1) {
    const harness = await openPlace(stage, options)
    const release = harness.makeRelease({ revision, behaviour: 'healthy' })
    await harness.engine.prepare(release, openContext())
    await harness.engine.scaleUp(release, 1, openContext())
    await harness.engine.route(harness.place, { [revision]: 100 }, openContext())
    return { ...harness, port: Number(new URL(harness.url).port) }
  }

  async function askHeaders(port: number, headers: Record<string, string>, from?: string) {
    const { body } = await ask(port, '/headers', headers, from)
    const { connection: _, ...rest } = JSON.parse(body) as Record<string, string>
    return rest
  }

  test('what a client says of itself is replaced, what a trusted proxy says is kept and extended', async () => {
    const { port, hostHeader: host } = await openLive()
    const said = {
      'X-Forwarded-For': '203.0.113.7',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'shop.example.com',
      'X-Forwarded-Prefix': '/admin',
      'X-Real-IP': '203.0.113.7',
      Forwarded: 'for=203.0.113.7;proto=https',
      X_Forwarded_For: '203.0.113.8',
    }
    expect(await askHeaders(port, { host, ...said })).toEqual({
      host,
      'x-forwarded-for': stranger,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': host,
      'x-real-ip': stranger,
      forwarded: `for=${stranger};proto=http`,
    })
    expect(await askHeaders(port, { host, ...said }, trusted)).toEqual({
      host,
      'x-forwarded-for': `203.0.113.7, ${trusted}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.com',
      'x-forwarded-prefix': '/admin',
      'x-real-ip': '203.0.113.7',
      forwarded: `for=203.0.113.7;proto=https, for=${trusted}`,
    })
    // A proxy that says one form alone: the other does not contradict it.
    expect(await askHeaders(port, { host, 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': 'a' }, trusted)).toEqual({
      host,
      'x-forwarded-for': `a, ${trusted}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': host,
      'x-real-ip': trusted,
    })
    expect(await askHeaders(port, { host, Forwarded: 'for=a;proto=https' }, trusted)).toMatchObject({
      'x-forwarded-proto': 'https',
    })
  })

  test.each(['host', 'port'] as const)(
    'a balancer tells of the client by a PROXY header, to a place by %s',
    async (by) => {
      const { port, hostHeader } = await openLive({ by })
      const socket = connect({ port, host: '127.0.0.1', localAddress: balancer })
      socket.write('PROXY TCP4 203.0.113.9 198.51.100.1 50000 443\r\n')
      socket.write(
        `GET /headers HTTP/1.1\r\nHost: ${hostHeader}\r\nX-Forwarded-For: 1.1.1.1\r\nConnection: close\r\n\r\n`,
      )
      const answer = await text(socket)
      const { 'x-forwarded-for': client, 'x-forwarded-proto': proto } = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '{}')
      expect([client, proto]).toEqual(['203.0.113.9', 'https'])
      // From anybody else it is no request.
      const forged = connect({ port, host: '127.0.0.1' })
      forged.write('PROXY TCP4 203.0.113.9 198.51.100.1 50000 443\r\nGET /headers HTTP/1.1\r\nHost: a\r\n\r\n')
      expect(await text(forged)).toContain('400 Bad request')
    },
  )

  test('a name is found in any spelling, on IPv6 too', async () => {
    const { port, hostHeader } = await openLive()
    for (const host of [
      hostHeader,
      `${hostHeader}.`,
      hostHeader.toUpperCase(),
      `${hostHeader}:${port}`,
      `${hostHeader}.:80`,
    ])
      for (const from of [stranger, '::1'])
        expect((await ask(port, '/', { host }, from)).status, `${host} from ${from}`).toBe(200)
    expect((await ask(port, '/', { host: `x${hostHeader}` })).status).toBe(404)
    const own = await openLive({ by: 'port' })
    expect((await askHeaders(own.port, { host: `[::1]:${own.port}` }, '::1')).forwarded).toBe('for="[::1]";proto=http')
  })

  test('long cookies reach the app; beyond the setting they are refused', async () => {
    const { port, hostHeader: host } = await openLive()
    const cookie = 'c'.repeat(60_000)
    expect((await askHeaders(port, { host, cookie })).cookie).toBe(cookie)
    expect((await ask(port, '/', { host, cookie: cookie.repeat(2) })).status).toBe(400)
  })

  test('silence ends a request after its own time', async () => {
    const { port, hostHeader: host } = await openLive()
    expect((await ask(port, '/slow?ms=1500', { host })).status).toBe(200)
    expect((await ask(port, '/slow?ms=20000', { host })).status).toBe(504)
  })

  test('a silent tunnel lives longer than a silent request, and ends after its own time', async () => {
    const echo = await findFreePort()
    const ports = [{ containerPort: 8091, protocol: 'tcp', port: echo }]
    const { port } = await openLive({ by: 'port', settings: { ports }, env: { ECHO_PORT: '8091' } })
    const held = connect(echo, '127.0.0.1').on('error', () => {})
    const hear = async () => String((await once(held, 'data'))[0])
    expect(await hear()).toBe('revision 1\n')
    expect((await ask(port, '/slow?ms=20000', { host: 'a' })).status).toBe(504)
    held.write('still there\n')
    expect(await hear()).toBe('still there\n')
    // Nobody leaves, so that nothing but the silence ends it.
    await once(held, 'close')
    expect(await callEcho(echo)).toBe('tcp revision 1: hello')
  })

  test('several names, a wildcard and a redirect lead to one place, and an exact name wins over a wildcard', async () => {
    const [one, other] = ['shop.example.com', 'shop.example.net']
    const host = [one, `*.${one}`, { name: `www.${one}`, redirect: one }, { name: `*.${other}`, redirect: one }]
    const { port, place } = await openLive({ settings: { host } })
    const exact = await openLive({ settings: { host: `exact.${one}` } }, 2)
    const find = async (name: string) => (await ask(port, '/', { host: name })).body
    expect(await find(one)).toBe('revision 1\n')
    expect(await find(`Any.${one}.`)).toBe('revision 1\n')
    expect(await find(`exact.${one}`)).toBe('revision 2\n')
    expect((await ask(port, '/', { host: `deep.any.${one}` })).status).toBe(404)
    expect(await ask(port, '/a?b=c', { host: `WWW.${one}.:8080` })).toMatchObject({
      status: 308,
      location: `http://${one}:8080/a?b=c`,
    })
    const secure = { host: `x.${other}`, 'X-Forwarded-Proto': 'https' }
    expect(await ask(port, '/', secure, trusted)).toMatchObject({ status: 308, location: `https://${one}/` })
    await exact.engine.remove(exact.place, openContext())
    expect(await find(`exact.${one}`)).toBe('revision 1\n')
    await expect(openLive({ settings: { host: ['shop.example.org', `www.${one}`] } })).rejects.toMatchObject({
      diagnosis: `host www.${one} is routed to ${place.app} in test`,
    })
  })

  test('gRPC and TCP have ports of their own, and a switch fails none of their calls', async () => {
    const [calls, echo] = [await findFreePort(), await findFreePort()]
    const ports = [
      { containerPort: 8090, protocol: 'grpc', port: calls },
      { containerPort: 8091, protocol: 'tcp', port: echo },
    ]
    const env = { H2C_PORT: '8090', ECHO_PORT: '8091' }
    const { engine, place, makeRelease, request } = await openLive({ by: 'port', settings: { ports }, env })
    const seen = new Set<string>()
    let isOver = false
    const repeat = async (call: () => Promise<string>) => {
      while (!isOver) seen.add(await call())
    }
    const load = Promise.all([repeat(() => callGrpc(calls)), repeat(() => callEcho(echo))])
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 2: 100 }, openContext())
    await engine.scaleDown(place, 1, 0, openContext())
    expect([await callGrpc(calls), await callEcho(echo)]).toEqual(['grpc 2: hello, 0', 'tcp revision 2: hello'])
    isOver = true
    await load
    expect(seen).toEqual(
      new Set(['grpc 1: hello, 0', 'grpc 2: hello, 0', 'tcp revision 1: hello', 'tcp revision 2: hello']),
    )
    expect(await request('/')).toEqual({ status: 200, revision: 2 })
  })
})

test.skipIf(lacks(...stageComponents))(
  'the files of an earlier version are brought to this one by the next deploy',
  async () => {
    const stage = await openStage({ settings: { trusted: [trusted] } })
    try {
      const { engine, place, makeRelease, hostHeader: host } = await openPlace(stage)
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      await engine.scaleUp(release, 1, openContext())
      await engine.route(place, { 1: 100 }, openContext())
      const proxy = stage.docker.getContainer(stage.proxy.name)
      await writeEarlierFiles(proxy, `${place.app}.test.cfg`)
      await proxy.restart()
      await engine.scaleUp(release, 1, openContext())
      const askScheme = async () => {
        const headers = { host, 'X-Forwarded-Proto': 'https' }
        return JSON.parse((await ask(stage.proxy.ports.http, '/headers', headers, trusted)).body)['x-forwarded-proto']
      }
      expect(await askScheme()).toBe('http')
      await engine.prepare(release, openContext())
      expect(await askScheme()).toBe('https')
      await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
      await engine.route(place, { 2: 100 }, openContext())
      expect((await ask(stage.proxy.ports.http, '/', { host: `${host}.` })).body).toBe('revision 2\n')
    } finally {
      await stage.close()
    }
  },
)

/** The two files of the first version, with the route and the key of those that are there. */
async function writeEarlierFiles(proxy: Parameters<typeof readFiles>[0], placeFile: string): Promise<void> {
  const base = (await readFiles(proxy, proxyFolders.base))['base.cfg'] ?? ''
  const file = parsePlace((await readFiles(proxy, proxyFolders.places))[placeFile])
  if (!file) throw new Error(`no ${placeFile}`)
  const { route } = file
  const [server] = route.servers
  const admin = base.slice(base.indexOf('listen admin')).replace(' from common', '')
  const [bind] = /bind :\d+/.exec(base) ?? []
  const earlierBase = `global
  log stdout format raw local0 notice
  uid 99
  gid 99
defaults
  mode http
  option http-server-close
  timeout connect 5s
  timeout client 5m
  timeout server 5m
frontend http
  ${bind}
  use_backend host.%[req.hdr(host),field(1,:),lower]
  default_backend none
backend none
  http-request return status 404
${admin}`
  const earlierPlace = `# ${JSON.stringify({ route, loaded: true })}
backend host.${route.host}
  balance roundrobin
  http-request set-header X-Forwarded-Proto http
  server ${server?.name} ${server?.address}:${server?.port} check weight 256
`
  await writeFiles(proxy, proxyFolders.base, { 'base.cfg': earlierBase })
  await writeFiles(proxy, proxyFolders.places, { [placeFile]: earlierPlace })
}

/** One call on a connection of its own: HTTP/2 without TLS, with the trailer that ends it. */
async function callGrpc(port: number): Promise<string> {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' })
  let [revision, trailer] = ['', '']
  stream.once('response', (headers) => (revision = String(headers['x-revision'])))
  stream.once('trailers', (headers) => (trailer = String(headers['grpc-status'])))
  stream.end('hello')
  const body = await text(stream)
  session.close()
  return `grpc ${revision}: ${body}, ${trailer}`
}

async function callEcho(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end('hello')
  return `tcp ${(await text(socket)).replace('\n', ': ')}`
}
