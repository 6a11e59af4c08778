import { type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request as requestPlain } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  endProcess,
  findFreePort,
  findProgram,
  lacks,
  listenLocally,
  makeCertificate,
  opensslComponent,
  stopServer,
  waitUntil,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

const nginx = findProgram('nginx')
const nginxComponent = { name: 'Nginx', found: nginx !== undefined, bring: 'apt-get install nginx-light' }
const shipped = join(import.meta.dirname, '../../../docker/nginx')

const { certificate: ca, key } = opensslComponent.found
  ? await makeCertificate({ names: ['localhost'] })
  : { certificate: '', key: '' }
const undo: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const step of undo.reverse()) await step()
})

/** The shipped configuration with this machine's folders, ports and addresses in the place of a container's. */
async function startNginx(file: string, upstream: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-nginx-'))
  undo.push(() => rm(dir, { recursive: true }))
  await chmod(dir, 0o755)
  await cp(shipped, dir, { recursive: true })
  const port = await findFreePort()
  for (const name of await readdir(dir)) {
    const conf = (await readFile(join(dir, name), 'utf8'))
      .replaceAll(/listen \d+/g, `listen 127.0.0.1:${port}`)
      .replaceAll('http://api:7070', upstream)
      .replaceAll('/run/secrets/', `${dir}/`)
      .replaceAll(/ \/tmp\/(?=[\w.]+;)/g, ` ${dir}/`)
    await writeFile(join(dir, name), conf)
  }
  await writeFile(join(dir, 'tls-certificate'), ca)
  await writeFile(join(dir, 'tls-key'), key)
  const settings = ['-e', 'stderr', '-p', dir, '-c', join(dir, file)]
  // A file: it opens its standard output anew for its log, which a socket does not allow.
  const log = openSync(join(dir, 'log'), 'a')
  const stdio = ['ignore', log, log] satisfies StdioOptions
  expect(spawnSync(nginx!, [...settings, '-t'], { stdio }).status, await readFile(join(dir, 'log'), 'utf8')).toBe(0)
  const child = spawn(nginx!, [...settings, '-g', 'daemon off;'], { stdio })
  closeSync(log)
  undo.push(() => endProcess(child, 'SIGTERM'))
  const ask = file === 'production.conf' ? requestTls : requestPlain
  await waitUntil(`Nginx on port ${port}`, () => answers(ask, port))
  return port
}

async function answers(ask: typeof requestTls | typeof requestPlain, port: number): Promise<boolean> {
  const sent = ask({ host: 'localhost', family: 4, port, path: '/nginx', ca }).end()
  return once(sent, 'response').then(
    ([response]) => response.resume().statusCode === 200,
    () => false,
  )
}

describe.skipIf(lacks(nginxComponent, opensslComponent))('the shipped Nginx, before a real API', () => {
  let api: TestApi
  let port = 0
  beforeAll(async () => {
    api = await startTestApi({ config: { trustProxy: ['127.0.0.1'] } })
    undo.push(() => api.close())
    port = await startNginx('production.conf', api.address)
  })

  /** Over TLS, with the administrator's token. */
  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    requestTls({
      ...{ host: 'localhost', family: 4, port, ca, method, path },
      headers: { authorization: `Bearer ${api.admin}`, ...headers },
    })

  async function ask(method: string, path: string, body?: unknown) {
    const sent = send(method, path, body === undefined ? {} : { 'content-type': 'application/json' })
    const [response] = await once(sent.end(body === undefined ? undefined : JSON.stringify(body)), 'response')
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }

  async function readUntil(chunks: AsyncIterator<unknown>, wanted: string): Promise<void> {
    let seen = ''
    while (!seen.includes(wanted)) {
      const { value, done } = await chunks.next()
      if (done) throw new Error(`the stream ended after ${seen}`)
      seen += value
    }
  }

  test('speaks TLS, HTTP/2 too, and sends those on who do not', async () => {
    const { status, headers, body } = await ask('GET', '/v1/me')
    expect([status, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({ rights: expect.arrayContaining(['administer']) }),
    ])
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d{8}$/)
    expect(headers.server).toBe('nginx')
    const session = connectHttp2(`https://localhost:${port}`, { ca })
    const [answer] = await once(session.request({ ':path': '/health' }).end(), 'response')
    expect(answer[':status']).toBe(200)
    session.destroy()
    const [plain] = await once(requestPlain(`http://127.0.0.1:${port}/console?a=1`).end(), 'response')
    expect([plain.resume().statusCode, plain.headers.location]).toEqual([308, `https://127.0.0.1:${port}/console?a=1`])
  })

  test('passes events on as they come', async () => {
    const [stream] = await once(send('GET', '/v1/events').end(), 'response')
    // What comes while nobody reads is kept for the next who does.
    const events = stream.iterator()
    // Where it begins is said first: a job recorded before that is not of it.
    await readUntil(events, 'event: ready')
    const environments = { staging: { engine: 'docker', port: 8081 } }
    expect(
      (
        await ask('PUT', '/v1/apps/shop', {
          app: 'shop',
          source: { git: 'https://git.internal/a/b.git' },
          environments,
        })
      ).status,
    ).toBe(201)
    expect((await ask('POST', '/v1/jobs', { kind: 'build', app: 'shop' })).status).toBe(202)
    await readUntil(events, 'event: job.queued')
    stream.destroy()
  })

  test('leaves it to the API what is too large, and tells it that browsers came by TLS', async () => {
    const upload = send('POST', '/v1/apps/shop/uploads', {
      'content-type': 'application/x-tar',
      'content-length': String(3 * 2 ** 20),
    })
    upload.on('error', () => {})
    upload.write(Buffer.alloc(2 ** 20))
    const [refused] = await once(upload, 'response')
    expect([refused.statusCode, JSON.parse(await text(refused)).type]).toEqual([413, '/problems/payload-too-large'])
    upload.destroy()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const [signedIn] = await once(send('POST', '/sign-in', form).end(`token=${api.admin}`), 'response')
    expect(signedIn.resume().headers['set-cookie']).toEqual([expect.stringContaining('; Secure;')])
  })
})

describe.skipIf(lacks(nginxComponent, opensslComponent))('the shipped Nginx', () => {
  test('tells of a client what it sees itself, and hands on what becomes a WebSocket', async () => {
    const upstream = createServer((request, response) => response.end(JSON.stringify(request.headers)))
    upstream.on('upgrade', (request, socket) => {
      socket.end(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\nopen`,
      )
    })
    const address = `http://127.0.0.1:${await listenLocally(upstream)}`
    undo.push(() => stopServer(upstream))
    const port = await startNginx('development.conf', address)
    const forged = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.test',
      forwarded: 'for=6.6.6.6',
    }
    const [response] = await once(
      requestPlain({ host: '127.0.0.1', port, headers: { host: 'stevedore.test:81', ...forged } }).end(),
      'response',
    )
    const { forwarded, ...seen } = JSON.parse(await text(response))
    expect(forwarded).toBeUndefined()
    expect(seen).toMatchObject({
      host: 'stevedore.test:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'stevedore.test:81',
    })
    const [, socket, head] = await once(
      requestPlain({ host: '127.0.0.1', port, headers: { connection: 'upgrade', upgrade: 'websocket' } }).end(),
      'upgrade',
    )
    expect(String(head) + (await text(socket))).toBe('open')
  })
})
