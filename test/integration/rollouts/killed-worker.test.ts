import type { ResultByKind } from '@stevedore/contract'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StevedoreProcess } from '../../harness/stevedore-process.ts'
import { expectNoneFailed, openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

describe.skipIf(lacks(...rolloutComponents))('a worker killed in the middle of a rollout, under constant load', () => {
  let stage: RolloutStage
  let worker: StevedoreProcess

  beforeAll(async () => {
    stage = await openRolloutStage()
    worker = await stage.startWorker()
    await stage.declare({})
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage.close())

  /** Kills whoever runs the job at the first event of this type about such a step, and brings another worker. */
  async function killAt(id: string, type: string, step: RegExp): Promise<void> {
    await stage.until(id, (event) => event.type === type && step.test(String(event.data.name)))
    worker.signal('SIGKILL')
    await worker.ended
    worker = await stage.startWorker()
  }

  test.each([
    { strategy: 'rolling', type: 'step.succeeded', step: /route/ },
    { strategy: 'rolling', type: 'step.started', step: /scale-down/ },
    { strategy: { type: 'blue-green', scaleDownDelay: '0s' }, type: 'step.started', step: /scale-up/ },
    { strategy: { type: 'canary', steps: [{ setWeight: 50 }, { pause: '1s' }] }, type: 'step.started', step: /route/ },
    {
      strategy: { type: 'canary', steps: [{ setWeight: 50 }, { pause: '1s' }] },
      type: 'step.succeeded',
      step: /pause.*: over/,
    },
  ])('$strategy at $type of $step: another continues, and nothing is done twice', async ({ strategy, type, step }) => {
    const load = stage.load()
    await stage.declare({ strategy })
    const id = await stage.deploy()
    await killAt(id, type, step)
    const job = await stage.end(id)
    expect(job).toMatchObject({ state: 'succeeded', failures: 0, losses: 1 })
    await expectNoneFailed(load)
    await expectOnly((job.result as ResultByKind['rollback']).revision)
  })

  test('on the way back: the next one returns the traffic', async () => {
    const load = stage.load()
    await stage.declare({ strategy: 'rolling' }, 'crash')
    const id = await stage.deploy()
    await killAt(id, 'step.started', /^back/)
    expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
    await expectNoneFailed(load)
  })

  test('SIGTERM hands over between two steps and costs no attempt', async () => {
    const load = stage.load()
    await stage.declare({ strategy: 'rolling' })
    const id = await stage.deploy()
    await stage.until(id, ({ type, data }) => type === 'step.started' && /scale-up/.test(String(data.name)))
    worker.signal('SIGTERM')
    await worker.ended
    worker = await stage.startWorker()
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', failures: 0, losses: 0 })
    await expectNoneFailed(load)
  })

  /** Two healthy replicas of the new revision, and none of any other. */
  async function expectOnly(revision: number): Promise<void> {
    const [{ app }] = (await stage.api.call('GET', '/v1/apps')).body.items
    const { observed } = (await stage.api.call('GET', `/v1/apps/${app}/environments/main`)).body
    expect(observed).toMatchObject({ traffic: { [revision]: 100 } })
    expect(observed.replicas).toMatchObject([
      { revision, healthy: true },
      { revision, healthy: true },
    ])
  }
})
