import { listServices, type RecordedService } from '@stevedore/contract'
import { openService, type Release } from '@stevedore/engine'
import { openContext } from '@stevedore/engine/conformance'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlace, openStage, type PlaceHarness, type Stage, stageComponents } from './stage.ts'

/** The wget of a busybox that is linked statically breaks off. */
const ask = (path: string, host = 'db') => `printf 'GET /${path} HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${host} 5432`
const serve = (folder: string) => `echo of the companion > ${folder}/index.html; exec httpd -f -p 5432 -h ${folder}`

describe.skipIf(lacks(...stageComponents))('companions on Docker', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  const settings = () => ({
    services: {
      db: {
        image: stage.image,
        command: ['sh', '-c', serve('/data')],
        port: 5432,
        volume: { path: '/data' },
        env: { LEVEL: 'debug' },
        secrets: ['PASSWORD'],
        health: { interval: '200ms' },
        stopTimeout: '1s',
      },
    },
  })

  function makeCompanion({ makeRelease }: PlaceHarness, change: Partial<RecordedService> = {}, revision = 1): Release {
    const release = makeRelease({ revision, behaviour: 'healthy' })
    const [{ name, ...declared }] = listServices(release.settings) as [ReturnType<typeof listServices>[0]]
    const record = { name, revision, settings: { ...declared, ...change } }
    return { ...openService(release, record), secrets: { PASSWORD: 'hunter2' } }
  }

  /** Runs it in a release of the place, as a person would. */
  async function runIn(
    harness: PlaceHarness,
    script: string,
  ): Promise<{ exitCode: number | undefined; lines: string[] }> {
    const release = harness.makeRelease({ revision: 1, behaviour: 'healthy' })
    const lines: string[] = []
    const context = openContext({ jobId: `job-${harness.place.app}`, log: (line: string) => void lines.push(line) })
    await stage.engine.startCommand(release, { words: ['sh', '-c', script], timeoutMs: 30_000 }, context)
    const end = await stage.engine.followCommand(harness.place, context)
    await stage.engine.removeCommand(harness.place, context)
    return { exitCode: end?.exitCode, lines }
  }

  test('is found by its name in its environment, and by nobody else', async () => {
    const [one, other] = [
      await openPlace(stage, { settings: settings() }),
      await openPlace(stage, { settings: settings() }),
    ]
    await stage.engine.startService!(makeCompanion(one), openContext())
    const { exitCode, lines } = await runIn(one, ask(''))
    expect({ exitCode, said: lines.at(-1) }).toEqual({ exitCode: 0, said: 'of the companion' })
    const Id = (await listOf(one))[0]?.Id ?? ''
    const { NetworkSettings, Config, HostConfig } = await stage.docker.getContainer(Id).inspect()
    const networks = NetworkSettings.Networks
    expect(Object.keys(networks).toSorted()).toEqual([stage.network, `${stage.network}.${one.place.app}.test`])
    expect(Config.Env).toEqual(expect.arrayContaining(['LEVEL=debug', 'PASSWORD=hunter2']))
    expect(HostConfig.RestartPolicy?.Name).toBe('unless-stopped')
    expect((await runIn(other, ask(''))).exitCode).not.toBe(0)
    for (const { IPAddress } of Object.values(networks))
      expect((await runIn(other, ask('', IPAddress))).exitCode, IPAddress).not.toBe(0)
    await stage.engine.remove(one.place, openContext())
    await stage.engine.remove(other.place, openContext())
    const filters = { label: [`io.stevedore.app=${one.place.app}`] }
    expect(await stage.docker.listNetworks({ filters })).toEqual([])
  })

  test('what is in its volume outlives its replacement and its removal', async () => {
    const harness = await openPlace(stage, { settings: settings() })
    await stage.engine.startService!(makeCompanion(harness), openContext())
    const Id = (await listOf(harness))[0]?.Id ?? ''
    const kept = ['sh', '-c', 'cat /data/index.html > /data/kept.html; exec httpd -f -p 5432 -h /data']
    await stage.engine.startService!(makeCompanion(harness, { command: kept }, 2), openContext())
    await stage.engine.startService!(makeCompanion(harness, { command: kept }, 2), openContext())
    const [found, ...more] = await listOf(harness)
    expect({ isOther: found?.Id !== Id, more }).toEqual({ isOther: true, more: [] })
    await stage.engine.remove(harness.place, openContext())
    await stage.engine.startService!(
      makeCompanion(harness, { command: ['httpd', '-f', '-p', '5432', '-h', '/data'] }, 3),
      openContext(),
    )
    expect((await runIn(harness, ask('kept.html'))).lines.at(-1)).toBe('of the companion')
    await stage.engine.remove(harness.place, openContext(), { withData: true })
    expect(await stage.engine.listVolumes(harness.place, AbortSignal.timeout(10_000))).toEqual([])
  })

  test('is asked at its port, and told of with its answer where it is not healthy', async () => {
    const harness = await openPlace(stage, { settings: settings() })
    const deaf = makeCompanion(harness, {
      command: ['sh', '-c', 'while :; do sleep 1; done'],
      health: { interval: '200ms', steadyInterval: '1s', timeout: '1s', threshold: 1, deadline: '2s' },
      stopTimeout: '1s',
    })
    await expect(stage.engine.startService!(deaf, openContext())).rejects.toMatchObject({
      code: 'never-healthy',
      diagnosis: expect.stringContaining('Connection refused'),
    })
    expect(await listOf(harness)).toEqual([])
  })

  const listOf = ({ place }: PlaceHarness) =>
    stage.docker.listContainers({
      all: true,
      filters: { label: [`io.stevedore.app=${place.app}`, 'io.stevedore.role=service'] },
    })
})
