import { get } from 'node:https'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { openContext, openJob } from '@stevedore/engine/conformance'
import { createDockerDeployEngine, openDocker } from '@stevedore/engine-docker'
import {
  countFailed,
  findFreePort,
  lacks,
  makeCertificate,
  opensslComponent,
  pushFixtureImage,
  startLoad,
  startRegistry,
} from '@stevedore/testkit'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFiles } from '../../../packages/engine-docker/src/client/archive.ts'
import {
  findProxyPorts,
  openPlace,
  openStage,
  type PlaceOptions,
  removeProxy,
  type Stage,
  stageComponents,
} from './stage.ts'

/** As HAProxy reads it: the certificate, and its key after it. */
async function makePem(name: string): Promise<string> {
  const { certificate, key } = await makeCertificate({ names: [name] })
  return `${certificate}${key}`
}

const soon = () => AbortSignal.timeout(60_000)

/** As Docker's events take a moment. */
const toSeconds = (moment: string) => Date.parse(moment) / 1_000

describe.skipIf(lacks(...stageComponents))('the proxy of a host', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  async function openLive(options: PlaceOptions = {}) {
    const harness = await openPlace(stage, options)
    const { engine, place, makeRelease } = harness
    // A job each: two of one job would break each other's lock.
    const job = openJob()
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 1, job)
    await engine.route(place, { 1: 100 }, job)
    return harness
  }

  test('killed and started again, it comes back with the same weights', async () => {
    const { engine, place, makeRelease, request } = await openLive({ strategy: 'canary' })
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 80, 2: 20 }, openContext())
    const proxy = stage.docker.getContainer(stage.proxy.name)
    await proxy.kill({ signal: 'SIGKILL' })
    expect((await engine.observe(place, soon())).drift).toEqual([
      { field: 'proxy', wanted: 'running', found: 'stopped' },
    ])
    await proxy.start()
    // It asks the new process, which has taken the ports over by then.
    const { traffic, drift } = await engine.observe(place, soon())
    expect({ traffic, drift }).toEqual({ traffic: { 1: 80, 2: 20 }, drift: [] })
    expect((await request('/')).status).toBe(200)
  })

  test('who has just spoken to it does so again without a new process', async () => {
    const { engine, place, makeRelease, request } = await openLive({ strategy: 'canary' })
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 50, 2: 50 }, openContext())
    const since = (await stage.docker.info()).SystemTime
    await engine.route(place, { 2: 100 }, openContext())
    const until = (await stage.docker.info()).SystemTime
    const filters = { container: [stage.proxy.name], event: ['exec_create'] }
    const events = await stage.docker.getEvents({ since: toSeconds(since), until: toSeconds(until), filters })
    expect(await text(events)).toBe('')
    expect(await request('/')).toEqual({ status: 200, revision: 2 })
  })

  test('two processes change two places at once', async () => {
    const places = await Promise.all([openLive(), openLive()])
    const loads = places.map(({ url, hostHeader }) =>
      startLoad({ url, host: hostHeader, requestsPerSecond: 50, keepAlive: true }),
    )
    await Promise.all(
      places.map(({ makeRelease }, index) => {
        const releases = [2, 3].map((revision) => makeRelease({ revision, behaviour: 'healthy' }))
        const work = { proxy: stage.proxy, network: stage.network, jobId: `job-${index}`, releases }
        return execa(process.execPath, [new URL('deployer.ts', import.meta.url).pathname], {
          input: JSON.stringify(work),
        })
      }),
    )
    const reports = await Promise.all(loads.map((load) => load.stop()))
    for (const report of reports) expect(countFailed(report), report.failures.join('\n')).toBe(0)
    for (const { engine, place, request } of places) {
      expect((await engine.observe(place, soon())).traffic).toEqual({ 3: 100 })
      expect(await request('/')).toEqual({ status: 200, revision: 3 })
    }
  })

  test('a lock that a killed worker left is broken at once by its own job, and by others in time', async () => {
    const { engine, place, makeRelease } = await openLive()
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    const leaveLock = () =>
      stage.docker.createContainer({
        name: `${stage.proxy.name}-lock`,
        Image: stage.proxy.image,
        Cmd: ['true'],
        Labels: { 'io.stevedore.job': 'killed' },
      })
    await leaveLock()
    const start = performance.now()
    await engine.route(place, { 2: 100 }, openContext({ jobId: 'killed' }))
    expect(performance.now() - start).toBeLessThan(15_000)
    await leaveLock()
    await engine.route(place, { 1: 100 }, openContext({ jobId: 'other' }))
    expect(performance.now() - start).toBeGreaterThan(20_000)
    expect((await engine.observe(place, soon())).traffic).toEqual({ 1: 100 })
  })

  test('a port that another program has is refused before anything is switched', async () => {
    const port = await findFreePort()
    const program = createServer().listen(port, '127.0.0.1')
    const { engine, makeRelease } = await openPlace(stage, { settings: { host: undefined, port } })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.prepare(release, openContext())).rejects.toMatchObject({
      code: 'port-taken',
      diagnosis: `another program listens on port ${port}`,
    })
    program.close()
    await expect(engine.prepare(release, openContext())).resolves.toBeUndefined()
  })

  test('a host or port that another place has is refused, and the other place goes on', async () => {
    const first = await openLive({ by: 'port' })
    const settings = { host: undefined, port: first.place.settings.engine === 'docker' && first.place.settings.port }
    const second = await openPlace(stage, { settings })
    const release = second.makeRelease({ revision: 1, behaviour: 'healthy' })
    const owner = `${first.place.app} in test`
    await expect(second.engine.prepare(release, openContext())).rejects.toMatchObject({
      code: 'port-taken',
      diagnosis: expect.stringContaining(owner),
    })
    await second.engine.scaleUp(release, 1, openContext())
    await expect(second.engine.route(second.place, { 1: 100 }, openContext())).rejects.toMatchObject({
      code: 'port-taken',
      diagnosis: expect.stringContaining(owner),
    })
    expect(await first.request('/')).toEqual({ status: 200, revision: 1 })
  })

  test('its image is pulled where the engine lacks it', async () => {
    const registry = await startRegistry()
    const [repo, tag] = [`${registry.host}/haproxy`, 'test']
    const image = `${repo}:${tag}`
    const { docker, network } = stage
    await docker.getImage(stage.proxy.image).tag({ repo, tag })
    await pushFixtureImage(docker, image)
    await docker.getImage(image).remove()
    const proxy = { name: `${stage.name}-pulled`, image, ports: await findProxyPorts() }
    const { makeRelease } = await openPlace(stage)
    const engine = createDockerDeployEngine({ docker: openDocker(), proxy, network })
    await engine.prepare(makeRelease({ revision: 1, behaviour: 'healthy' }), openContext())
    expect((await docker.getContainer(proxy.name).inspect()).State.Running).toBe(true)
    await removeProxy(docker, proxy.name)
    await docker.getImage(image).remove()
    await registry.stop()
  })

  test('its admin port hears only who knows the key', async () => {
    await openLive()
    const ask = (header: string) => {
      const socket = connect(stage.proxy.ports.admin, '127.0.0.1')
      socket.end(`${header}show proc\n`)
      return text(socket).catch(() => 'refused')
    }
    expect(await ask('')).not.toContain('worker')
    expect(await ask('PROXY TCP6 fd00::1 ::1 1 1\r\n')).not.toContain('worker')
  })

  test.skipIf(lacks(opensslComponent))(
    'a certificate in its volume is served from the next deploy on, so is a renewed one, and a broken one is told',
    async () => {
      const { engine, makeRelease, hostHeader, request } = await openLive()
      const release = makeRelease({ revision: 1, behaviour: 'healthy' })
      const proxy = stage.docker.getContainer(stage.proxy.name)
      const certs = '/var/lib/stevedore/certs'
      const askSecurely = () =>
        new Promise<{ revision: unknown; certificate: string }>((resolve, reject) => {
          const options = {
            agent: false,
            servername: hostHeader,
            rejectUnauthorized: false,
            headers: { host: hostHeader },
          }
          get(`https://127.0.0.1:${stage.proxy.ports.https}/`, options, (response) => {
            const { socket, headers } = response
            const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : 'none'
            resolve({ revision: headers['x-revision'], certificate })
          }).once('error', reject)
        })
      const context = openContext()
      await writeFiles(proxy, certs, { 'shop.pem': 'no certificate' })
      await engine.prepare(release, context)
      expect(context.lines.join()).toMatch(/HAProxy refuses.*shop\.pem/s)
      await expect(askSecurely()).rejects.toThrow()
      expect(await request('/')).toEqual({ status: 200, revision: 1 })

      await writeFiles(proxy, certs, { 'shop.pem': await makePem(hostHeader) })
      await engine.prepare(release, openContext())
      const first = await askSecurely()
      expect(first.revision).toBe('1')

      // Renewed under the same name.
      await writeFiles(proxy, certs, { 'shop.pem': await makePem(hostHeader) })
      await engine.prepare(release, openContext())
      const second = await askSecurely()
      expect(second.revision).toBe('1')
      expect(second.certificate).not.toBe(first.certificate)
    },
  )

  test('a sticky canary keeps its visitors, until all traffic returns', async () => {
    const steps = [{ setWeight: 50 }, { setWeight: 100 }]
    const { engine, place, makeRelease, url, hostHeader } = await openLive({
      strategy: { type: 'canary', steps, sticky: true },
    })
    await engine.scaleUp(makeRelease({ revision: 2, behaviour: 'healthy' }), 1, openContext())
    await engine.route(place, { 1: 50, 2: 50 }, openContext())
    const visit = async (cookie = '') => {
      const { request } = await import('node:http')
      return new Promise<{ revision: string; cookie: string }>((resolve, reject) => {
        request(url, { agent: false, headers: { host: hostHeader, cookie } }, ({ headers }) =>
          resolve({
            revision: String(headers['x-revision']),
            cookie: headers['set-cookie']?.[0]?.split(';', 1)[0] ?? cookie,
          }),
        )
          .once('error', reject)
          .end()
      })
    }
    const visitors = await Promise.all(Array.from({ length: 10 }, () => visit()))
    expect(new Set(visitors.map(({ revision }) => revision))).toEqual(new Set(['1', '2']))
    for (const { revision, cookie } of visitors) expect((await visit(cookie)).revision).toBe(revision)
    await engine.route(place, { 1: 100 }, openContext())
    for (const { cookie } of visitors) expect((await visit(cookie)).revision).toBe('1')
  })
})
