import { Readable } from 'node:stream'
import { environmentSpec } from '@stevedore/contract'
import { openContext } from '@stevedore/engine/conformance'
import { createDockerDeployEngine } from '@stevedore/engine-docker'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type Stage, stageComponents } from './stage.ts'

const soon = () => AbortSignal.timeout(60_000)
const resources = { limits: { memory: '128Mi', cpu: '1' } }

describe.skipIf(lacks(...stageComponents))('what is seen of a place', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  test('changes behind its back are drift, and a repeated deploy mends them', async () => {
    const { engine, makeRelease } = await openPlace(stage, { replicas: 3, settings: { resources } })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    const deploy = async () => {
      await engine.scaleUp(release, 3, openContext())
      await engine.route(release, { 1: 100 }, openContext())
      await engine.finalize(release, [], openContext())
    }
    await deploy()
    expect((await engine.observe(release, soon())).drift).toEqual([])
    const [first, second, third] = (await engine.observe(release, soon())).replicas.map(({ name }) => name)
    await stage.docker.getContainer(first!).update({ Memory: 64 * 2 ** 20, MemorySwap: 64 * 2 ** 20 })
    await stage.docker.getContainer(second!).remove({ force: true })
    await stage.docker.getContainer(third!).stop({ t: 0 })
    expect((await engine.observe(release, soon())).drift).toEqual([
      { field: 'replica r1-2', wanted: 'running', found: 'absent' },
      { field: 'replica r1-3', wanted: 'running', found: 'exited' },
      { field: `Memory of ${first}`, wanted: String(128 * 2 ** 20), found: String(64 * 2 ** 20) },
    ])
    await deploy()
    const { app, environment } = release
    const hosts = await engine.listPlaces(soon())
    const found = hosts.flatMap(({ places }) => places).filter((place) => place.app === app)
    expect(found).toMatchObject([{ app, environment, replicas: 3, revisions: [1], claims: [`host ${app}.test`] }])
    const { drift, replicas } = await engine.observe(release, soon())
    expect(drift.map(({ field }) => field)).toEqual([`Memory of ${first}`])
    expect(replicas.map(({ healthy }) => healthy)).toEqual([true, true, true])
  })

  test('a preview names each change and shows no secret', async () => {
    const { engine, place, makeRelease } = await openPlace(stage, { settings: { resources, secrets: ['TOKEN'] } })
    const first = { ...makeRelease({ revision: 1, behaviour: 'healthy' }), secrets: { TOKEN: 'old-secret' } }
    await engine.scaleUp(first, 1, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    const second = { ...makeRelease({ revision: 2, behaviour: 'healthy' }), secrets: { TOKEN: 'new-secret' } }
    const name = `${stage.network}.${place.app}.test`
    const changes = await engine.preview(second, soon())
    expect(changes).toEqual([
      {
        action: 'create',
        object: `container ${name}-r2-1`,
        fields: [
          { field: 'env REVISION', from: '1', to: '2' },
          { field: 'env TOKEN', from: '***', to: '***' },
        ],
      },
      {
        action: 'update',
        object: `route ${place.app}.test`,
        fields: [
          { field: 'traffic r1', from: '100%', to: '0%' },
          { field: 'traffic r2', to: '100%' },
        ],
      },
      { action: 'delete', object: `container ${name}-r1-1`, fields: [] },
    ])
    expect(JSON.stringify(changes)).not.toContain('secret')
  })

  test('another installation on the same engine is neither seen nor touched', async () => {
    const { engine, makeRelease } = await openPlace(stage)
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    const other = createDockerDeployEngine({ ...stage, network: `${stage.network}-other` })
    await engine.scaleUp(release, 1, openContext())
    expect((await other.observe(release, soon())).replicas).toEqual([])
    await other.remove(release, openContext())
    expect((await engine.observe(release, soon())).replicas).toMatchObject([{ healthy: true }])
  })

  test('a secret that is not stored is named before anything is touched', async () => {
    const { engine, makeRelease } = await openPlace(stage, { settings: { secrets: ['TOKEN'] } })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.prepare(release, openContext())).rejects.toMatchObject({
      code: 'secret-missing',
      diagnosis: 'not stored: TOKEN',
    })
  })

  test('a command that does not exist cannot be started, and leaves no container', async () => {
    const { engine, place, makeRelease } = await openPlace(stage, { settings: { command: ['/no/such/program'] } })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({
      code: 'container-start-failed',
      diagnosis: expect.stringContaining('/no/such/program'),
    })
    expect((await engine.observe(place, soon())).replicas).toEqual([])
  })

  test('health by a command runs inside the replica', async () => {
    const health = (...command: string[]) => ({
      command,
      interval: '200ms',
      timeout: '1s',
      threshold: 1,
      deadline: '3s',
    })
    const fine = await openPlace(stage, { settings: { health: health('test', '-e', '/app/serve.mjs') } })
    await fine.engine.scaleUp(fine.makeRelease({ revision: 1, behaviour: 'healthy' }), 1, openContext())
    await fine.engine.route(fine.place, { 1: 100 }, openContext())
    expect((await fine.request('/')).status).toBe(200)
    const sick = await openPlace(stage, { settings: { health: health('ls', '/no/such/file') } })
    const release = sick.makeRelease({ revision: 1, behaviour: 'healthy' })
    await expect(sick.engine.scaleUp(release, 1, openContext())).rejects.toMatchObject({
      code: 'never-healthy',
      diagnosis: expect.stringMatching(/exit code 1: .*No such file/),
    })
  })

  test('a replica runs without rights, on a read-only root, cut off from the others', async () => {
    const { engine, place, makeRelease } = await openPlace(stage, {
      replicas: 2,
      settings: { writablePaths: ['/cache'] },
    })
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 2, openContext())
    const [first, second] = (await engine.observe(place, soon())).replicas.map(({ name }) => name)
    const { execIn } = await import('../../../packages/engine-docker/src/client/exec.ts')
    const run = (...command: string[]) => execIn(stage.docker.getContainer(first!), command, { signal: soon() })
    expect((await run('id', '-u')).stdout.trim()).toBe('1000')
    expect((await run('touch', '/app/x')).exitCode).not.toBe(0)
    expect((await run('touch', '/cache/x', '/tmp/x')).exitCode).toBe(0)
    expect((await run('grep', 'CapEff', '/proc/self/status')).stdout).toMatch(/CapEff:\s+0+$/m)
    const { NetworkSettings } = await stage.docker.getContainer(second!).inspect()
    const address = NetworkSettings.Networks[stage.name]!.IPAddress
    expect((await run('timeout', '2', 'nc', address, '8080', '-e', 'true')).exitCode).not.toBe(0)
  })

  test('logs are whole lines of all replicas by time, without health checks, followed or not', async () => {
    const bar = `printf '10%%\\r50%%\\r100%%\\n'`
    const long = `head -c 16384 /dev/zero | tr '\\0' x; echo ' and more'`
    const mixed = `printf 'half of '; printf 'an error\\n' >&2; printf 'a line\\n'`
    const checks = `echo 'GET /health HTTP/1.1 200'; echo '"GET / HTTP/1.1" 200 stevedore-health'`
    const command = ['sh', '-c', [bar, long, mixed, checks, 'echo naïve €uro', 'sleep 3600'].join('; ')]
    const health = { command: ['true'], interval: '200ms', threshold: 1, path: undefined }
    const { engine, place, makeRelease } = await openPlace(stage, { replicas: 2, settings: { command, health } })
    await engine.scaleUp(makeRelease({ revision: 1, behaviour: 'healthy' }), 2, openContext())
    const settings = { ...place.settings, health: { ...place.settings.health, command: undefined, path: '/health' } }
    const read = (follow: boolean, tailLines: number) =>
      engine.logs({ ...place, settings }, { follow, tailLines }, soon())
    const wanted = ['100%', `${'x'.repeat(16_384)} … (cut)`, 'an error', 'half of a line', 'naïve €uro']
    const lines = await Readable.from(read(false, 100)).toArray()
    for (const name of ['r1-1', 'r1-2'])
      expect(lines.flatMap((line) => (line.startsWith(`${name} | `) ? [line.slice(7)] : [])).toSorted()).toEqual(
        wanted.toSorted(),
      )
    expect(await Readable.from(read(false, 3)).toArray()).toEqual(lines.slice(-3))
    const followed: string[] = []
    for await (const line of read(true, 100)) if (followed.push(line) === lines.length) break
    expect(followed).toEqual(lines)
  })

  test('environments without a route run all the same, though nothing listens', async () => {
    const settings = { host: undefined, containerPort: 9, health: { interval: '200ms', threshold: 1 } }
    const { engine, place, makeRelease } = await openPlace(stage, { settings })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    await engine.scaleUp(release, 1, openContext())
    await engine.route(place, { 1: 100 }, openContext())
    await engine.finalize(release, [], openContext())
    expect(await engine.observe(place, soon())).toMatchObject({ traffic: { 1: 100 }, drift: [] })
  })

  test('settings of another engine are refused', async () => {
    const settings = environmentSpec.parse({ engine: 'kubernetes', namespace: 'shop' })
    await expect(stage.engine.observe({ app: 'a', environment: 'b', settings }, soon())).rejects.toMatchObject({
      code: 'policy-violation',
    })
  })
})
