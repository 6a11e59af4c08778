import type { EnvironmentView, JobDetailView } from '@stevedore/contract'
import { haproxyComponent, lacks, openTestDocker, publishRedis, redisComponent, removeImages } from '@stevedore/testkit'
import { afterAll, describe, expect, test } from 'vitest'
import { startLoad } from '../../../scripts/demo/load.ts'
import { runCommand } from '../../e2e/command.ts'
import { askServed, type PlayedExample } from '../../harness/play-example.ts'
import { openExample, size } from './open-example.ts'
import { stageComponents } from './stage.ts'

const lacking = lacks(...stageComponents, haproxyComponent)

describe.skipIf(lacking)('examples/orders on a cluster', () => {
  const { play, findAddress } = openExample('orders')

  test('an order in hand outlives a deploy, no request fails, and the orders outlive a rollback', async () => {
    const { must, ship } = play()
    await ship('1.0.0')
    await must('deploy')
    const address = await findAddress()
    await ship('1.1.0')
    const load = startLoad(`${address}/version`)
    const long = await askServed(address, '/cgi-bin/order', '20')
    while (!(await must('logs', '--process', 'worker', '--tail', '50')).includes(`carries out ${long}`));
    await must('deploy')
    while ((await askServed(address, '/cgi-bin/orders')) !== `${long} by 1.0.0`);
    await must('rollback')
    const seen = await load.stop()
    expect(seen.failures).toEqual([])
    expect(Object.keys(seen.answers).sort()).toEqual(['1.0.0', '1.1.0'])
    expect(await must('run', '--schedule', 'report')).toContain('0 waiting, 0 under way, 1 done')
    await must('remove', '--with-data')
  })
})

describe.skipIf(lacking)('examples/guestbook on a cluster', () => {
  const { play, findAddress } = openExample('guestbook')

  test('one at a time has the book, which outlives a deploy and a rollback', async () => {
    const { must, read, ship } = play()
    await ship('1.0.0')
    await must('deploy')
    const address = await findAddress()
    await askServed(address, '/cgi-bin/book', 'hello from 1.0.0')
    await ship('1.1.0')
    expect(await must('deploy', '--dry-run')).toContain('stops the old before it starts the new')
    const { result } = await read<JobDetailView>('deploy')
    expect(result).toMatchObject({ revision: 2, downMs: expect.any(Number) })
    expect(await must('rollback')).toContain('data')
    const lines = ['The book was begun by 1.0.0', 'hello from 1.0.0']
    expect((await askServed(address, '/cgi-bin/book')).split('\n')).toEqual(lines)
    const turns = ['1.0.0', '1.1.0'].flatMap((version) => [`opened by ${version}`, `closed by ${version}`])
    expect((await askServed(address, '/cgi-bin/readers')).split('\n')).toEqual([...turns, 'opened by 1.0.0'])
    await must('remove', '--with-data')
  })
})

describe.skipIf(lacking || lacks(redisComponent))('examples/visits on a cluster', () => {
  const docker = openTestDocker()
  const nameRepository = ({ stage }: PlayedExample) => `${stage.registry}/stevedore/visits-redis`
  const { play, settings, findAddress, listOwn } = openExample('visits', async ({ services = {} }, played) => {
    const repository = nameRepository(played)
    const redis = services.redis!
    redis.image = `${repository}@${await publishRedis(docker, `${repository}:local`)}`
    redis.volume.size = size
  })
  afterAll(async () => {
    if (play()) await removeImages(docker, nameRepository(play()))
  })
  const visit = async () => Number(await askServed(await findAddress(), '/cgi-bin/visits'))

  test('the companion is made once, and its counts outlive deploy, rollback, change and removal', async () => {
    const { must, read, ship, stage } = play()
    await ship('1.0.0')
    expect(await must('deploy', '--dry-run')).toContain('companion redis')
    await must('deploy')
    expect(await visit()).toBe(1)
    await ship('1.1.0')
    const load = startLoad(`${await findAddress()}/cgi-bin/visits`)
    await must('deploy')
    await must('rollback')
    const { failures, requests } = await load.stop()
    expect(failures).toEqual([])
    expect(await visit()).toBe(requests + 2)
    const before = await read<EnvironmentView>('status')
    expect(before.services).toMatchObject([{ name: 'redis', revision: 1 }])
    expect(before.observed?.drift).toEqual([])
    expect(await must('logs', '--process', 'redis')).toContain('Ready to accept connections')

    settings().services!.redis!.command.push('--loglevel', 'verbose')
    await play().apply(settings())
    expect(await must('deploy', '--version=1.1.0')).toContain('service update')
    expect((await read<EnvironmentView>('status')).services).toMatchObject([{ revision: 1, changed: ['command'] }])
    const updated = await runCommand(stage.settings, 'service', 'update', stage.app, 'production', 'redis')
    expect(updated, updated.stderr).toMatchObject({ status: 0 })
    expect((await read<EnvironmentView>('status')).services).toMatchObject([{ revision: 2, changed: [] }])
    expect(await visit()).toBe(requests + 3)

    await must('remove')
    expect(await listOwn('statefulsets,services,secrets,serviceaccounts,networkpolicies,pods')).toBe('')
    await must('deploy')
    expect(await visit()).toBe(requests + 4)
    await must('remove', '--with-data')
    expect(await listOwn('persistentvolumeclaims')).toBe('')
  })
})
