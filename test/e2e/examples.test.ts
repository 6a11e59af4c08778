import type { EnvironmentView, JobDetailView } from '@stevedore/contract'
import {
  busyboxComponent,
  dockerComponent,
  haproxyComponent,
  lacks,
  openTestDocker,
  registryComponent,
} from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { environment, release, writeSpec } from '../../scripts/demo/example-app.ts'
import { startLoad } from '../../scripts/demo/load.ts'
import { type Stage, setStage } from '../../scripts/demo/stage.ts'
import { readJson, runCommand } from './command.ts'

// Whole stories, each command a process: on a machine that is busy with more they take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

/** An example on its way by the command line, as its reader would take it. */
function playExample(example: string) {
  let stage: Stage
  const play = {
    address: () => `http://127.0.0.1:${stage.port}`,
    listVolumes: async () => {
      const { Volumes } = await openTestDocker().listVolumes()
      return Volumes.map(({ Name }) => Name).filter((name) => name.includes(stage.app))
    },
    /** A command on the example's environment, which is to end well. */
    async must(verb: string, ...arguments_: string[]): Promise<string> {
      const { status, stdout, stderr } = await runCommand(stage.settings, verb, stage.app, environment, ...arguments_)
      expect(status, `${verb}: ${stdout}${stderr}`).toBe(0)
      return stdout
    },
    read: <T>(verb: string, ...arguments_: string[]) =>
      readJson<T>(stage.settings, verb, stage.app, environment, ...arguments_),
    async ship(version: string): Promise<void> {
      await release(stage, version)
      const built = await runCommand(stage.settings, 'build', stage.app, 'production', `--version=${version}`, '--push')
      expect(built.status, built.stdout + built.stderr).toBe(0)
    },
    async ask(path: string, body?: string): Promise<string> {
      const response = await fetch(play.address() + path, body === undefined ? {} : { method: 'POST', body })
      expect(response.status, path).toBeLessThan(300)
      return (await response.text()).trim()
    },
  }
  beforeAll(async () => {
    stage = await setStage({}, example)
    const applied = await runCommand(stage.settings, 'apply', '-f', await writeSpec(stage))
    expect(applied.status, applied.stderr).toBe(0)
  })
  afterAll(() => stage?.clear())
  return play
}

const lacking = lacks(dockerComponent, registryComponent, busyboxComponent, haproxyComponent)

describe.skipIf(lacking)('examples/orders', () => {
  const { must, ship, ask, address, listVolumes } = playExample('orders')

  test('an order in hand outlives a deploy, no request fails, and the orders outlive everything', async () => {
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
    expect(await must('remove')).toContain('the environment is taken down')
    await must('deploy', '--version=1.1.0')
    expect(await ask('/cgi-bin/orders')).toMatch(/^\S+ by 1\.0\.0$/)
    expect(await must('run', '--', './report')).toContain('1 done')
    await must('remove', '--with-data')
    expect(await listVolumes()).toEqual([])
  })
})

describe.skipIf(lacking)('examples/guestbook', () => {
  const { must, read, ship, ask, listVolumes } = playExample('guestbook')

  test('one at a time has the book, which outlives deploy, rollback and removal', async () => {
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
    expect((await ask('/cgi-bin/book')).split('\n')).toEqual([
      'The book was begun by 1.0.0',
      'hello from 1.0.0',
      'hello from 1.1.0',
    ])
    const turns = ['1.0.0', '1.1.0', '1.0.0'].flatMap((version) => [`opened by ${version}`, `closed by ${version}`])
    expect((await ask('/cgi-bin/readers')).split('\n')).toEqual([...turns, 'opened by 1.1.0'])
    expect(await read<EnvironmentView>('status')).toMatchObject({ desired: { version: '1.1.0' } })
    await must('remove', '--with-data')
    expect(await listVolumes()).toEqual([])
  })
})
