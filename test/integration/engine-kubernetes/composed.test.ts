import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EnvironmentView, environmentSpec } from '@stevedore/contract'
import {
  haproxyComponent,
  lacks,
  makeNodeImage,
  makePsqlImage,
  openTestDocker,
  psqlComponent,
  publishPostgres,
  publishRedis,
  redisComponent,
  removeImages,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { startLoad } from '../../../scripts/demo/load.ts'
import { callClock } from '../../harness/call-clock.ts'
import { giveSecret, type PlayedProject, playProject } from '../../harness/play-composed.ts'
import { askServed } from '../../harness/play-example.ts'
import { findAddress, listOwn, openExample, size } from './open-example.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'
import { openStorage } from './storage.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 300_000 })

const lacking = lacks(...stageComponents, haproxyComponent)
const password = 'hunter2-of-the-test'

describe.skipIf(lacking || lacks(redisComponent))('examples/polls on a cluster', () => {
  const docker = openTestDocker()
  let cluster: Stage
  let play: PlayedProject
  let storage: { close(): Promise<void> }
  let repository: string
  beforeAll(async () => {
    cluster = await openStage()
    const change = (text: string, { registry, baseImage }: PlayedProject['stage']) =>
      text
        .replace('redis:7-alpine', `${registry}/stevedore/polls-redis:7`)
        .replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${baseImage}`)
    play = await playProject('polls', change, { KUBECONFIG: cluster.kubeconfig })
    repository = `${play.stage.registry}/stevedore/polls-redis`
    await publishRedis(docker, `${repository}:7`)
  })
  afterAll(async () => {
    await play?.clear()
    await storage?.close()
    await cluster?.close()
    if (repository) await removeImages(docker, repository)
  })

  /** What `init` says is to be decided: the registry, the namespace, and how large the volume is here. */
  async function decide(file: string): Promise<void> {
    const { app, registry } = play.stage
    const text = (await readFile(file, 'utf8'))
      .replace(/namespace: \S+/, `namespace: ${cluster.namespace}`)
      .replace('size: 10Gi', `size: ${size}`)
      .concat(`\nimage: { registry: "${registry}", name: stevedore/polls }\n`)
    await writeFile(file, text)
    const settings = environmentSpec.parse(parse(text).environments.production)
    storage = await openStorage(cluster, { app, environment: 'production', settings }, ['redis.data'])
  }

  test('a compose project is taken in for a cluster, and its votes outlive update, rollback and removal', async () => {
    const { run, must, read, folder, stage } = play
    const build = (version: string) =>
      run('build', stage.app, 'production', `--version=${version}`, '--from', folder, '--push')
    const spec = join(folder, 'stevedore.yaml')
    const names = ['--app', stage.app, '--environment', 'production']
    await run('init', folder, ...names, '--engine', 'kubernetes', '--digests')
    await decide(spec)
    await run('apply', '-f', spec)
    await giveSecret(stage, password, 'secret', 'set', 'REDIS_PASSWORD', ...names)
    await build('1.0.0')
    await must('deploy')
    const address = await findAddress(cluster, stage.app)
    const result = async () => (await askServed(address, '/cgi-bin/result')).split('\n')
    await askServed(address, '/cgi-bin/vote', 'tea')
    await vi.waitUntil(async () => (await result()).includes('tea 1 by 1.0.0'), { timeout: 60_000, interval: 200 })

    await build('1.1.0')
    const load = startLoad(`${address}/cgi-bin/result`)
    await askServed(address, '/cgi-bin/vote', 'coffee 6')
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes('counts coffee:6'));
    await must('deploy')
    await vi.waitUntil(async () => (await result()).includes('coffee 1 by 1.0.0'), { timeout: 60_000, interval: 200 })
    await must('rollback')
    expect((await load.stop()).failures).toEqual([])
    expect(await askServed(address, '/version')).toBe('1.0.0')
    await must('remove')
    await must('deploy', '--version=1.1.0')
    const again = await findAddress(cluster, stage.app)
    expect((await askServed(again, '/cgi-bin/result')).split('\n').toSorted()).toEqual([
      'coffee 1 by 1.0.0',
      'tea 1 by 1.0.0',
    ])
    expect(await read<EnvironmentView>('status')).toMatchObject({ services: [{ name: 'redis', revision: 1 }] })
    await must('remove', '--with-data')
    expect(await listOwn(cluster, stage.app, 'persistentvolumeclaims')).toBe('')
  })
})

describe.skipIf(lacking || lacks(psqlComponent))('examples/desk on a cluster', () => {
  const docker = openTestDocker()
  const baseRepository = 'stevedore/busybox-psql'
  let repository: string
  const { play, findAddress, listOwn } = openExample('desk', async ({ services = {} }, { stage }) => {
    repository = `${stage.registry}/stevedore/desk-postgres`
    const db = services.db!
    db.image = `${repository}@${await publishPostgres(docker, `${repository}:18`)}`
    db.volume.size = size
    stage.baseImage = `${baseRepository}:local`
    await makePsqlImage(docker, stage.baseImage)
  })
  afterAll(async () => {
    for (const name of [repository, baseRepository]) if (name) await removeImages(docker, name)
  })
  let address: string
  const ask = (path: string, body?: string) => askServed(address, path, body)
  const list = async () => (await ask('/cgi-bin/tickets')).split('\n')

  test('a migration comes first, a ticket in hand outlives a deploy, no request fails, and the data outlive all', async () => {
    const { must, read, ship, stage } = play()
    const secrets = { POSTGRES_PASSWORD: password, DATABASE_URL: `postgres://desk:${password}@db:5432/desk` }
    for (const [name, value] of Object.entries(secrets))
      await giveSecret(stage, value, 'secret', 'set', name, '--app', stage.app, '--environment', 'production')
    await ship('1.0.0')
    await must('deploy')
    address = await findAddress()
    await ask('/cgi-bin/ticket', '0 it is dark')
    await vi.waitUntil(async () => (await list()).includes('it is dark by 1.0.0'), { timeout: 60_000, interval: 200 })
    await mkdir(join(stage.repository.dir, 'migrations'), { recursive: true })
    await writeFile(
      join(stage.repository.dir, 'migrations/0002_urgent.sql'),
      'alter table tickets add column urgent boolean not null default false;',
    )
    await ship('1.1.0')
    const load = startLoad(`${address}/version`)
    const id = await ask('/cgi-bin/ticket', "6 the printer's on fire")
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes(`answers ticket ${id}`));
    await must('deploy')
    await vi.waitUntil(async () => (await list()).includes("the printer's on fire by 1.0.0"), {
      timeout: 60_000,
      interval: 200,
    })
    await must('rollback')
    const seen = await load.stop()
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.answers).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(await must('run', '--schedule', 'report')).toContain('0 waiting, 2 answered')
    await must('remove')
    await must('deploy', '--version=1.1.0')
    address = await findAddress()
    expect(await list()).toEqual(['it is dark by 1.0.0', "the printer's on fire by 1.0.0"])
    expect(await read<EnvironmentView>('status')).toMatchObject({ services: [{ name: 'db', revision: 1 }] })
    await must('remove', '--with-data')
    expect(await listOwn('persistentvolumeclaims')).toBe('')
  })
})

describe.skipIf(lacking)('examples/clock on a cluster', () => {
  const docker = openTestDocker()
  const baseRepository = 'stevedore/node-of-the-test'
  const { play, findAddress } = openExample('clock', async (_settings, { stage }) => {
    stage.baseImage = `${baseRepository}:local`
    await makeNodeImage(docker, stage.baseImage)
  })
  afterAll(() => removeImages(docker, baseRepository))

  test('an update fails no gRPC call and cuts none off', async () => {
    const { must, ship } = play()
    await ship('1.0.0')
    await must('deploy')
    const address = await findAddress()
    const call = (method: string, count = 0) => callClock(address, method, count)
    expect(await call('Version')).toEqual({ texts: ['1.0.0'], status: '0' })
    await ship('1.1.0')
    const seen = new Set<string>()
    let isOver = false
    const load = (async () => {
      while (!isOver) seen.add(JSON.stringify(await call('Version')))
    })()
    const ticks = call('Tick', 25)
    await must('deploy')
    expect(await call('Version')).toEqual({ texts: ['1.1.0'], status: '0' })
    expect(await ticks).toEqual({ texts: Array.from({ length: 25 }, (_, at) => `1.0.0 ${at + 1}`), status: '0' })
    await must('rollback')
    isOver = true
    await load
    expect([...seen].toSorted()).toEqual(['1.0.0', '1.1.0'].map((one) => JSON.stringify({ texts: [one], status: '0' })))
    await must('remove')
  })
})
