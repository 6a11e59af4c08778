import type { JobDetailView } from '@stevedore/contract'
import { environmentSpec } from '@stevedore/contract'
import { haproxyComponent, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad } from '../../../scripts/demo/load.ts'
import { askServed, type PlayedExample, playExample, readSettings } from '../../harness/play-example.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'
import { openStorage } from './storage.ts'

const lacking = lacks(...stageComponents, haproxyComponent)

/** An example's environment as it is on a cluster: the same, but for where it is. */
async function describeOnCluster(example: string, namespace: string): Promise<object> {
  const { port: _port, volumes, ...settings } = await readSettings(example)
  const sized = Object.entries(volumes as object).map(([name, volume]) => [name, { ...volume, size: '64Mi' }])
  return { ...settings, volumes: Object.fromEntries(sized), engine: 'kubernetes', namespace }
}

function openCluster(example: string) {
  const opened: { cluster?: Stage; play?: PlayedExample; storage?: { close(): Promise<void> } } = {}
  beforeAll(async () => {
    const cluster = await openStage()
    opened.cluster = cluster
    const settings = await describeOnCluster(example, cluster.namespace)
    const play = await playExample(example, { KUBECONFIG: cluster.kubeconfig })
    opened.play = play
    await play.apply(settings)
    const place = { app: play.stage.app, environment: 'production', settings: environmentSpec.parse(settings) }
    opened.storage = await openStorage(cluster, place)
  })
  afterAll(async () => {
    await opened.play?.clear()
    await opened.storage?.close()
    await opened.cluster?.close()
  })
  return {
    play: () => opened.play as PlayedExample,
    async findAddress(): Promise<string> {
      const at = '{.spec.clusterIP}:{.spec.ports[0].port}'
      const { cluster, play } = opened
      return `http://${await cluster!.kubectl(['get', 'service', play!.stage.app, '-o', `jsonpath=${at}`])}`
    },
  }
}

describe.skipIf(lacking)('examples/orders on a cluster', () => {
  const { play, findAddress } = openCluster('orders')

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
  const { play, findAddress } = openCluster('guestbook')

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
