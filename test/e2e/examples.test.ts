import type { EnvironmentView, JobDetailView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  openTestDocker,
  publishRedis,
  redisComponent,
  registryComponent,
  removeImages,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startLoad } from '../../scripts/demo/load.ts'
import { askServed, type PlayedExample, playExample, readSettings } from '../harness/play-example.ts'
import { runCommand } from './command.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const lacking = lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent)

describe.skipIf(lacking)('examples/orders', () => {
  let play: PlayedExample
  beforeAll(async () => {
    play = await playExample('orders')
    await play.apply()
  })
  afterAll(() => play?.clear())
  const address = () => `http://127.0.0.1:${play.stage.port}`
  const ask = (path: string, body?: string) => askServed(address(), path, body)

  test('an order in hand outlives a deploy, no request fails, and the orders outlive everything', async () => {
    const { must, ship } = play
    await ship('1.0.0')
    await must('deploy')
    expect(await ask('/version')).toBe('1.0.0')
    await ship('1.1.0')
    const load = startLoad(`${address()}/version`)
    const long = await ask('/cgi-bin/order', '6')
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes(`carries out ${long}`));
    await must('deploy')
    // The deploy waited for what the old worker had in hand.
    expect(await ask('/cgi-bin/orders')).toBe(`${long} by 1.0.0`)
    await must('rollback')
    const seen = await load.stop()
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.answers).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(await ask('/version')).toBe('1.0.0')
    expect(await must('run', '--schedule', 'report')).toContain('0 waiting, 0 under way, 1 done')
  })

  test('a removal leaves the orders, and the next deploy has them', async () => {
    const { must } = play
    expect(await must('remove')).toContain('the environment is taken down')
    await must('deploy', '--version=1.1.0')
    expect(await ask('/cgi-bin/orders')).toMatch(/^\S+ by 1\.0\.0$/)
    expect(await must('run', '--', './report')).toContain('1 done')
    await must('remove', '--with-data')
    expect(await listVolumes(play)).toEqual([])
  })
})

describe.skipIf(lacking)('examples/guestbook', () => {
  let play: PlayedExample
  beforeAll(async () => {
    play = await playExample('guestbook')
    await play.apply()
  })
  afterAll(() => play?.clear())
  const ask = (path: string, body?: string) => askServed(`http://127.0.0.1:${play.stage.port}`, path, body)

  test('one at a time has the book, which outlives deploy, rollback and removal', async () => {
    const { must, read, ship } = play
    await ship('1.0.0')
    await must('deploy')
    await ask('/cgi-bin/book', 'hello from 1.0.0')
    await ship('1.1.0')
    expect(await must('deploy', '--dry-run')).toContain('stops the old before it starts the new')
    const { result } = await read<JobDetailView>('deploy')
    expect(result).toMatchObject({ revision: 2, downMs: expect.any(Number) })
    expect(await ask('/cgi-bin/book', 'hello from 1.1.0')).toContain('hello from 1.0.0')
    expect(await must('rollback')).toContain('data')
    await must('remove')
    await must('deploy', '--version=1.1.0')
    const lines = ['The book was begun by 1.0.0', 'hello from 1.0.0', 'hello from 1.1.0']
    expect((await ask('/cgi-bin/book')).split('\n')).toEqual(lines)
    const turns = ['1.0.0', '1.1.0', '1.0.0'].flatMap((version) => [`opened by ${version}`, `closed by ${version}`])
    expect((await ask('/cgi-bin/readers')).split('\n')).toEqual([...turns, 'opened by 1.1.0'])
    expect(await read<EnvironmentView>('status')).toMatchObject({ desired: { version: '1.1.0' } })
    await must('remove', '--with-data')
    expect(await listVolumes(play)).toEqual([])
  })
})

describe.skipIf(lacking || lacks(redisComponent))('examples/visits', () => {
  const docker = openTestDocker()
  let play: PlayedExample
  /** The example's own, with Redis as it is on this machine. */
  let settings: { port: number; services: { redis: { image: string; command: string[] } } }
  beforeAll(async () => {
    play = await playExample('visits')
    const repository = `${play.stage.registry}/stevedore/visits-redis`
    settings = { ...((await readSettings('visits')) as typeof settings), port: play.stage.port }
    settings.services.redis.image = `${repository}@${await publishRedis(docker, `${repository}:local`)}`
    await play.apply(settings)
  })
  afterAll(async () => {
    await play?.clear()
    if (play) await removeImages(docker, `${play.stage.registry}/stevedore/visits-redis`)
  })
  const address = () => `http://127.0.0.1:${play.stage.port}`
  const visit = async () => Number(await askServed(address(), '/cgi-bin/visits'))

  test('the companion is made once, and its counts outlive deploy, rollback, change and removal', async () => {
    const { must, read, ship } = play
    await ship('1.0.0')
    await must('deploy')
    expect(await visit()).toBe(1)
    await ship('1.1.0')
    const load = startLoad(`${address()}/cgi-bin/visits`)
    await must('deploy')
    await must('rollback')
    const { failures, requests } = await load.stop()
    expect(failures).toEqual([])
    expect(await visit()).toBe(requests + 2)
    const before = await read<EnvironmentView>('status')
    expect(before.services).toMatchObject([{ name: 'redis', revision: 1 }])

    settings.services.redis.command.push('--loglevel', 'verbose')
    await play.apply(settings)
    expect(await must('deploy', '--version=1.1.0')).toContain('service update')
    expect((await read<EnvironmentView>('status')).services).toMatchObject([{ revision: 1, changed: ['command'] }])
    const updated = await runCommand(play.stage.settings, 'service', 'update', play.stage.app, 'production', 'redis')
    expect(updated, updated.stderr).toMatchObject({ status: 0 })
    expect((await read<EnvironmentView>('status')).services).toMatchObject([{ revision: 2, changed: [] }])
    expect(await visit()).toBe(requests + 3)

    await must('remove')
    await must('deploy')
    expect(await visit()).toBe(requests + 4)
    await must('remove', '--with-data')
    expect(await listVolumes(play)).toEqual([])
  })
})

async function listVolumes({ stage }: PlayedExample): Promise<string[]> {
  const { Volumes } = await openTestDocker().listVolumes()
  return Volumes.map(({ Name }) => Name).filter((name) => name.includes(stage.app))
}
