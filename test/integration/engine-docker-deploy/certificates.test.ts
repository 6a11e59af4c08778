import { once } from 'node:events'
import { Agent, get } from 'node:https'
import { createServer } from 'node:net'
import { connect, TLSSocket } from 'node:tls'
import { type Certificate, type CertificateRefusal, labelKeys } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { keyKinds, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFiles, writeFiles } from '../../../packages/engine-docker/src/client/archive.ts'
import { proxyFolders } from '../../../packages/engine-docker/src/proxy/folders.ts'
import {
  askFingerprint,
  makeBrought,
  openPlace,
  openStage,
  type PlaceHarness,
  type Stage,
  stageComponents,
} from './stage.ts'

/** Each of its connections has a handshake of its own: one that goes on with an earlier session shows no certificate. */
const openAgent = (keepAlive: boolean) =>
  new Agent({ keepAlive, maxSockets: keepAlive ? 1 : 8, maxCachedSessions: 0, timeout: 30_000 })

describe.skipIf(lacks(...stageComponents))('certificates that were put', () => {
  let stage: Stage
  let place: PlaceHarness
  beforeAll(async () => {
    stage = await openStage()
    place = await openPlace(stage)
    const release = place.makeRelease({ revision: 1, behaviour: 'healthy' })
    await stage.engine.prepare(release, openContext())
    await stage.engine.scaleUp(release, 1, openContext())
    await stage.engine.route(place.place, { 1: 100 }, openContext())
  })
  afterAll(() => stage.close())

  async function bring(...certificates: Certificate[]): Promise<CertificateRefusal[]> {
    const refusals: CertificateRefusal[] = []
    const noteRefusal = async (refusal: CertificateRefusal) => void refusals.push(refusal)
    await stage.engine.bringCertificates?.({ read: async () => certificates, noteRefusal }, openContext())
    return refusals
  }
  const ask = (name: string, options?: object) => askFingerprint(stage.proxy.ports.https, name, options)
  const proxy = () => stage.docker.getContainer(stage.proxy.name)

  /** One request on a connection of the agent's. @returns the fingerprint, or what went wrong */
  function request(agent: Agent, path: string): Promise<string> {
    const { hostHeader: servername } = place
    const url = `https://127.0.0.1:${stage.proxy.ports.https}${path}`
    return new Promise((resolve) => {
      get(url, { agent, servername, rejectUnauthorized: false, headers: { host: servername } }, (response) => {
        const { socket } = response
        const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : 'none'
        response.resume().once('end', () => resolve(response.statusCode === 200 ? shown : `${response.statusCode}`))
      }).once('error', (error) => resolve(`${agent.options.keepAlive ? 'kept' : 'fresh'}: ${error.message}`))
    })
  }

  test('a machine on which another program has the port for TLS serves no TLS, says so, and starts again', async () => {
    const other = createServer().listen(stage.proxy.ports.https, '0.0.0.0')
    await once(other, 'listening')
    const one = await makeBrought('shop', [place.hostHeader])
    const [refusal] = await bring(one)
    expect(refusal?.reason).toContain(`another program listens on port ${stage.proxy.ports.https}`)
    await proxy().restart()
    await expect.poll(async () => (await place.request('/')).status, { timeout: 20_000 }).toBe(200)
    other.close()
    await once(other, 'close')
    await stage.engine.prepare(place.makeRelease({ revision: 1, behaviour: 'healthy' }), openContext())
    expect(await ask(place.hostHeader)).toBe(one.fingerprint)
    expect(await bring()).toEqual([])
    expect(await ask(place.hostHeader)).toBeUndefined()
    await proxy().restart()
    await expect.poll(async () => (await place.request('/')).status, { timeout: 20_000 }).toBe(200)
  })

  test('are replaced under load: what is open stays open and goes on, and new clients see the new one', async () => {
    const [old, renewed] = [
      await makeBrought('shop', [place.hostHeader]),
      await makeBrought('shop', [place.hostHeader]),
    ]
    await bring(old)
    const seen: string[] = []
    let isOver = false
    const load = async (agent: Agent) => {
      while (!isOver) seen.push(await request(agent, '/'))
      agent.destroy()
    }
    const [fresh, kept] = [openAgent(false), openAgent(true)]
    const loads = [load(fresh), load(fresh), load(kept)]
    const slow = request(openAgent(false), '/slow?ms=6000')
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThan(5)
    await bring({ ...renewed, putAt: new Date(old.putAt.getTime() + 1) })
    expect(await ask(place.hostHeader)).toBe(renewed.fingerprint)
    const after = seen.length
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThan(after + 5)
    isOver = true
    await Promise.all(loads)
    // HAProxy may close one connection that is being made just when its next process takes over.
    const served = seen.filter((one) => !/^fresh: (socket hang up|.*ECONNRESET)/.test(one))
    expect(seen.length - served.length).toBeLessThanOrEqual(1)
    expect(new Set(served)).toEqual(new Set([old.fingerprint, renewed.fingerprint]))
    expect(await slow).toBe(old.fingerprint)
  })

  test('the same again, and in another order, reloads nothing', async () => {
    const [one, other] = [await makeBrought('one', ['one.test']), await makeBrought('other', ['other.test'])]
    await bring(one, other)
    const socket = connect({
      port: stage.proxy.ports.https,
      host: '127.0.0.1',
      servername: 'one.test',
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    const list = async () => await readFiles(proxy(), proxyFolders.certs)
    const before = await list()
    // It would have to take the lock, which asks the fence.
    const closed = openContext({ fence: () => Promise.reject(new Error('something is written')) })
    await stage.engine.bringCertificates?.({ read: async () => [other, one], noteRefusal: async () => {} }, closed)
    expect(await list()).toEqual(before)
    socket.destroy()
  })

  test('of several that fit an exact name goes before a wildcard, and the later before the earlier', async () => {
    const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000)
    const put = async (name: string, names: string[], seconds: number) => ({
      ...(await makeBrought(name, names)),
      putAt: at(seconds),
    })
    const exact = await put('z-exact', ['a.wild.test'], 1)
    const [earlier, later] = [
      await put('a-earlier', ['*.wild.test'], 2),
      await put('b-later', ['*.wild.test', 'b.other.test'], 3),
    ]
    await bring(exact, earlier, later)
    expect(await ask('a.wild.test')).toBe(exact.fingerprint)
    expect(await ask('b.wild.test')).toBe(later.fingerprint)
    expect(await ask('b.other.test')).toBe(later.fingerprint)
    await bring(exact, { ...earlier, putAt: at(4) }, later)
    expect(await ask('b.wild.test')).toBe(earlier.fingerprint)
    await bring(exact, later)
    expect(await ask('b.wild.test')).toBe(later.fingerprint)
  })

  test('an RSA one and an ECDSA one of the same name serve the clients that take them', async () => {
    const [rsa, ecdsa] = [
      await makeBrought('rsa', ['both.test'], keyKinds.rsa),
      await makeBrought('ecdsa', ['both.test']),
    ]
    expect(await bring(rsa, ecdsa)).toEqual([])
    const maxVersion = 'TLSv1.2'
    expect(await ask('both.test', { maxVersion, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })).toBe(rsa.fingerprint)
    expect(await ask('both.test', { maxVersion, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(ecdsa.fingerprint)
  })

  test('leave files that people copied there alone, and go before them', async () => {
    const [copied, put] = [await makeBrought('', ['mine.test', 'own.test']), await makeBrought('mine', ['mine.test'])]
    await writeFiles(proxy(), proxyFolders.certs, { 'mine.pem': `${copied.chain}${copied.key}` })
    await bring(put)
    expect(await ask('mine.test')).toBe(put.fingerprint)
    expect(await ask('own.test')).toBe(copied.fingerprint)
    await bring()
    expect(await ask('mine.test')).toBe(copied.fingerprint)
    expect(Object.keys(await readFiles(proxy(), proxyFolders.certs))).toEqual(['mine.pem'])
  })

  test('of many the refused ones alone are left out; a restart serves the others, and no key is left lying about', async () => {
    const many = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => makeBrought(name, [`${name}.test`])))
    const odd = many.map((one, index) => (index % 3 === 1 ? { ...one, key: many[0]!.key } : one))
    const refusals = await bring(...odd)
    expect(refusals.map(({ name }) => name)).toEqual(['b', 'e'])
    for (const { reason } of refusals) expect(reason).toMatch(/\.pem/)
    await proxy().restart()
    await expect.poll(() => ask('a.test'), { timeout: 20_000 }).toBe(many[0]!.fingerprint)
    expect(await ask('d.test')).toBe(many[3]!.fingerprint)
    expect(await readFiles(proxy(), `${proxyFolders.incoming}/certificates`)).toEqual({})
  })

  test('are brought by the next worker where one was killed with its lock, or before the proxy took them in', async () => {
    await stage.docker.createContainer({
      ...{ name: `${stage.proxy.name}-lock`, Image: stage.proxy.image, Cmd: ['true'] },
      Labels: { [labelKeys.job]: 'killed' },
    })
    const stop = new Error('the worker is gone')
    for (let allowed = 1, isStopped = true; isStopped; allowed++) {
      let left = allowed
      const one = await makeBrought('killed', ['killed.test'])
      const context = openContext({
        jobId: 'killed',
        fence: async () => {
          if (left-- <= 0) throw stop
        },
      })
      const store = {
        read: async () => [{ ...one, putAt: new Date(one.putAt.getTime() + allowed) }],
        noteRefusal: async () => {},
      }
      isStopped = await stage.engine.bringCertificates!(store, context).then(
        () => false,
        (error) => {
          expect(error).toBe(stop)
          return true
        },
      )
      await stage.engine.bringCertificates!(store, openContext({ jobId: 'killed' }))
      expect(await ask('killed.test')).toBe(one.fingerprint)
    }
  })
})
