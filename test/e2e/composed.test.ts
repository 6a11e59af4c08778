import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  makeNodeImage,
  makePsqlImage,
  openTestDocker,
  psqlComponent,
  publishPostgres,
  publishRedis,
  redisComponent,
  registryComponent,
  removeImages,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startLoad } from '../../scripts/demo/load.ts'
import { callClock } from '../harness/call-clock.ts'
import { giveSecret, type PlayedProject, playProject } from '../harness/play-composed.ts'
import { askServed, type PlayedExample, playExample, readSettings } from '../harness/play-example.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const lacking = lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent, redisComponent)

describe.skipIf(lacking)('examples/polls', () => {
  const docker = openTestDocker()
  let play: PlayedProject
  let image: string
  let digest: string
  beforeAll(async () => {
    play = await playProject('polls', (text, { registry, port, baseImage }) =>
      text
        .replace('redis:7-alpine', `${registry}/stevedore/polls-redis:7`)
        .replace('8085:8080', `${port}:8080`)
        .replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${baseImage}`),
    )
    image = `${play.stage.registry}/stevedore/polls-redis:7`
    digest = await publishRedis(docker, image)
  })
  afterAll(async () => {
    await play?.clear()
    if (play) await removeImages(docker, `${play.stage.registry}/stevedore/polls-redis`)
  })
  const address = () => `http://127.0.0.1:${play.stage.port}`
  const vote = (text: string) => askServed(address(), '/cgi-bin/vote', text)
  const result = async () => (await askServed(address(), '/cgi-bin/result')).split('\n')

  test('a compose project is taken in as it is, and its votes outlive update, rollback and removal', async () => {
    const { run, must, read, folder, stage } = play
    const build = (version: string) => run('build', stage.app, 'production', `--version=${version}`, '--from', folder)
    const said = await run('init', folder, '--app', stage.app, '--environment', 'production', '--digests')
    const secret = `secret set REDIS_PASSWORD --app ${stage.app} --environment production`
    expect(said).toContain(`stevedore ${secret}`)
    expect(said).not.toContain('Written as a comment')
    const spec = await readFile(join(folder, 'stevedore.yaml'), 'utf8')
    expect(spec).toContain(`${image}@${digest}`)
    expect(said + spec).not.toContain('only-for-this-machine')

    await run('apply', '-f', join(folder, 'stevedore.yaml'))
    await giveSecret(stage, 'hunter2-of-the-test', ...secret.split(' '))
    await build('1.0.0')
    await must('deploy')
    expect(await read<EnvironmentView>('status')).toMatchObject({ services: [{ name: 'redis', revision: 1 }] })
    await vote('tea')
    await vi.waitUntil(async () => (await result()).includes('tea 1 by 1.0.0'), { timeout: 30_000, interval: 200 })

    await build('1.1.0')
    const load = startLoad(`${address()}/cgi-bin/result`)
    await vote('coffee 6')
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes('counts coffee:6'));
    await must('deploy')
    // The update waited for what the old worker had in hand.
    expect(await result()).toContain('coffee 1 by 1.0.0')
    await must('rollback')
    expect((await load.stop()).failures).toEqual([])
    expect(await askServed(address(), '/version')).toBe('1.0.0')
    await must('remove')
    await must('deploy', '--version=1.1.0')
    expect((await result()).toSorted()).toEqual(['coffee 1 by 1.0.0', 'tea 1 by 1.0.0'])
    expect(await read<EnvironmentView>('status')).toMatchObject({ services: [{ name: 'redis', revision: 1 }] })
    await must('remove', '--with-data')
    const { Volumes } = await docker.listVolumes()
    expect(Volumes.map(({ Name }) => Name).filter((name) => name.includes(stage.app))).toEqual([])
  })
})

describe.skipIf(lacking || lacks(psqlComponent))('examples/desk', () => {
  const docker = openTestDocker()
  const baseRepository = 'stevedore/busybox-psql'
  const password = 'hunter2-of-the-test'
  let play: PlayedExample
  beforeAll(async () => {
    play = await playExample('desk')
    const { stage } = play
    const repository = `${stage.registry}/stevedore/desk-postgres`
    const [settings, digest] = await Promise.all([
      readSettings('desk') as Promise<{ services: { db: { image: string } } }>,
      publishPostgres(docker, `${repository}:18`),
    ])
    settings.services.db.image = `${repository}@${digest}`
    stage.baseImage = `${baseRepository}:local`
    await makePsqlImage(docker, stage.baseImage)
    await play.apply({ ...settings, port: stage.port })
    const secrets = { POSTGRES_PASSWORD: password, DATABASE_URL: `postgres://desk:${password}@db:5432/desk` }
    for (const [name, value] of Object.entries(secrets))
      await giveSecret(stage, value, 'secret', 'set', name, '--app', stage.app, '--environment', 'production')
  })
  afterAll(async () => {
    await play?.clear()
    if (play) await removeImages(docker, `${play.stage.registry}/stevedore/desk-postgres`)
    await removeImages(docker, baseRepository)
  })
  const address = () => `http://127.0.0.1:${play.stage.port}`
  const ask = (path: string, body?: string) => askServed(address(), path, body)

  test('a migration comes first, a ticket in hand outlives a deploy, no request fails, and the data outlive all', async () => {
    const { must, read, ship, stage } = play
    await ship('1.0.0')
    await must('deploy')
    await ask('/cgi-bin/ticket', '0 it is dark')
    await vi.waitUntil(async () => (await ask('/cgi-bin/tickets')) === 'it is dark by 1.0.0', {
      timeout: 30_000,
      interval: 200,
    })
    await mkdir(join(stage.repository.dir, 'migrations'), { recursive: true })
    await writeFile(
      join(stage.repository.dir, 'migrations/0002_urgent.sql'),
      'alter table tickets add column urgent boolean not null default false;',
    )
    await ship('1.1.0')
    const load = startLoad(`${address()}/version`)
    const id = await ask('/cgi-bin/ticket', "6 the printer's on fire")
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes(`answers ticket ${id}`));
    await must('deploy')
    // The deploy waited for what the old worker had in hand.
    expect(await ask('/cgi-bin/tickets')).toContain("the printer's on fire by 1.0.0")
    await must('rollback')
    const seen = await load.stop()
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.answers).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(await must('run', '--schedule', 'report')).toContain('0 waiting, 2 answered')
    await must('remove')
    await must('deploy', '--version=1.1.0')
    expect((await ask('/cgi-bin/tickets')).split('\n')).toEqual([
      'it is dark by 1.0.0',
      "the printer's on fire by 1.0.0",
    ])
    expect(await read<EnvironmentView>('status')).toMatchObject({ services: [{ name: 'db', revision: 1 }] })
    await must('remove', '--with-data')
    const { Volumes } = await docker.listVolumes()
    expect(Volumes.map(({ Name }) => Name).filter((name) => name.includes(stage.app))).toEqual([])
  })
})

describe.skipIf(lacking)('examples/clock', () => {
  const docker = openTestDocker()
  const baseRepository = 'stevedore/node-of-the-test'
  let play: PlayedExample
  beforeAll(async () => {
    play = await playExample('clock')
    play.stage.baseImage = `${baseRepository}:local`
    await makeNodeImage(docker, play.stage.baseImage)
    await play.apply()
  })
  afterAll(async () => {
    await play?.clear()
    await removeImages(docker, baseRepository)
  })
  const address = () => `http://127.0.0.1:${play.stage.port}`
  const call = (method: string, count = 0) => callClock(address(), method, count)

  test('gRPC comes in by its port, and an update fails no call and cuts none off', async () => {
    const { must, ship } = play
    await ship('1.0.0')
    await must('deploy')
    expect(await call('Version')).toEqual({ texts: ['1.0.0'], status: '0' })
    expect(await call('Nothing')).toEqual({ texts: [], status: '12' })
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
