import { type LoadClient, type LoadReport, lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectNoneFailed, openRolloutStage, type RolloutStage, rolloutComponents } from './stage.ts'

const canary = (steps: object[], more: object = {}) => ({ strategy: { type: 'canary', steps, ...more } })

describe.skipIf(lacks(...rolloutComponents))('strategies on Docker under constant load', () => {
  let stage: RolloutStage

  beforeAll(async () => {
    stage = await openRolloutStage()
    await stage.startWorker()
    await stage.declare({})
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', error: null })
  })
  afterAll(() => stage.close())

  const environment = async () =>
    (
      await stage.api.call(
        'GET',
        `/v1/apps/${(await stage.api.call('GET', '/v1/apps')).body.items[0].app}/environments/main`,
      )
    ).body

  test('rolling replaces every replica without a failed request', async () => {
    const load = stage.load()
    await stage.declare({ strategy: 'rolling' })
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'succeeded', progress: 100 })
    await expectNoneFailed(load)
    const { observed } = await environment()
    expect(observed.replicas.map((replica: { healthy: boolean }) => replica.healthy)).toEqual([true, true])
  })

  test('blue-green switches at once, and back to the warm colour by one switch', async () => {
    const load = stage.load()
    await stage.declare({ strategy: { type: 'blue-green', scaleDownDelay: '5m' }, check: { path: '/check' } })
    const green = await stage.end(await stage.deploy())
    expect(green).toMatchObject({ state: 'succeeded', error: null })
    expect(green.steps.map((step) => step.name)).toContainEqual(expect.stringContaining('check'))
    const back = await stage.end(await stage.request({ kind: 'rollback' }))
    expect(back).toMatchObject({ state: 'succeeded', error: null })
    await expectNoneFailed(load)
    const events = await stage.api.call('GET', `/v1/jobs/${back.id}/events`)
    expect(events.text).not.toContain('event: replica.started')
    expect(await environment()).toMatchObject({ pinnedBy: expect.stringContaining('token:') })
  })

  test('a check that fails leaves the traffic where it was', async () => {
    const load = stage.load()
    await stage.declare({ strategy: 'blue-green', check: { path: '/check' } }, 'check-fails')
    expect(await stage.end(await stage.deploy())).toMatchObject({ state: 'failed', error: { code: 'check-failed' } })
    await expectNoneFailed(load)
  })

  test('a canary waits for its promotion without a worker, and gets its share of the traffic', async () => {
    await stage.declare(
      canary([{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }, { pause: '1s' }, { setWeight: 100 }]),
    )
    const id = await stage.deploy()
    await stage.until(id, ({ type, data }) => type === 'job.waiting' && data.waitingFor === 'promotion')
    const load = stage.load()
    expect(await stage.job(id)).toMatchObject({ state: 'waiting', waitingFor: 'promotion' })
    expect(Object.values((await environment()).observed.traffic).sort()).toEqual([20, 80])
    const { revisions, sent } = await expectNoneFailed({ stop: () => stopAfter(load, 5_000) }, 4_000)
    const shares = Object.values(revisions).map((count) => (100 * count) / sent)
    expect(Math.min(...shares)).toBeGreaterThan(18)
    expect(Math.min(...shares)).toBeLessThan(22)
    const rest = stage.load()
    expect(await stage.verb(id, 'promote')).toBe(202)
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', error: null })
    await expectNoneFailed(rest)
  })

  test('promote in full skips the pauses that are left; a second one is refused', async () => {
    await stage.declare(
      canary([{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }, { pause: {} }, { setWeight: 100 }]),
    )
    const id = await stage.deploy()
    await stage.until(id, ({ type, data }) => type === 'job.waiting' && data.waitingFor === 'promotion')
    const answers = await Promise.all([
      stage.verb(id, 'promote', { full: true }),
      stage.verb(id, 'promote', { full: true }),
    ])
    expect(answers.sort()).toEqual([202, 409])
    expect(await stage.end(id)).toMatchObject({ state: 'succeeded', error: null })
  })

  test('abort at a pause returns all traffic to the stable revision', async () => {
    await stage.declare(canary([{ setWeight: 50 }, { pause: {} }, { setWeight: 100 }]))
    const id = await stage.deploy()
    await stage.until(id, ({ type, data }) => type === 'job.waiting' && data.waitingFor === 'promotion')
    const before = (await environment()).desired.number
    const load = stage.load()
    expect(await stage.verb(id, 'abort')).toBe(202)
    expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
    await expectNoneFailed(load)
    const after = stage.load()
    const { revisions } = await expectNoneFailed({ stop: () => stopAfter(after, 500) }, 400)
    expect(Object.keys(revisions)).toHaveLength(1)
    expect((await environment()).desired.number).toBe(before)
  })

  test('an analysis of the proxy’s own figures ends a canary that fails its requests', async () => {
    const analysis = { proxy: { maxErrorRate: 0.05, minRequests: 20 }, interval: '1s', failures: 2 }
    await stage.declare(canary([{ setWeight: 20 }, { pause: '10s' }, { setWeight: 100 }], { analysis }), 'errors')
    const load = stage.load()
    const job = await stage.end(await stage.deploy())
    await load.stop()
    expect(job).toMatchObject({ state: 'failed', error: { code: 'analysis-failed' } })
    expect(job.error?.diagnosis).toMatch(/error rate .*Traffic: revision \d+ 100%/s)
  })

  test('an analysis without traffic never promotes', async () => {
    const analysis = { proxy: { minRequests: 1_000 }, interval: '1s', failures: 2 }
    await stage.declare(canary([{ setWeight: 20 }, { pause: '1s' }, { setWeight: 100 }], { analysis }))
    expect(await stage.end(await stage.deploy())).toMatchObject({
      state: 'failed',
      error: { code: 'analysis-inconclusive' },
    })
  })

  test('an analysis whose Prometheus does not answer never promotes', async () => {
    const analysis = {
      prometheus: 'http://metrics.example.com:1',
      query: 'up',
      success: 'result > 0',
      interval: '1s',
      failures: 2,
    }
    await stage.declare(canary([{ setWeight: 20 }, { pause: '1s' }, { setWeight: 100 }], { analysis }))
    expect(await stage.end(await stage.deploy())).toMatchObject({
      state: 'failed',
      error: { code: 'analysis-inconclusive' },
    })
  })

  test('a revision that crashes is returned from by itself, with its last words', async () => {
    const load = stage.load()
    await stage.declare({ strategy: 'rolling' }, 'crash')
    const job = await stage.end(await stage.deploy())
    expect(job).toMatchObject({ state: 'failed', error: { code: 'container-crashed' } })
    expect(job.error?.diagnosis).toContain('no such table')
    await expectNoneFailed(load)
  })

  test('one at a time: the newest waits with its place, the one between is superseded, a rollback jumps the line', async () => {
    await stage.declare(canary([{ setWeight: 20 }, { pause: {} }, { setWeight: 100 }]))
    const first = await stage.deploy()
    await stage.until(first, ({ type, data }) => type === 'job.waiting' && data.waitingFor === 'promotion')
    const second = await stage.deploy()
    const third = await stage.deploy()
    expect(await stage.job(second)).toMatchObject({ state: 'superseded' })
    expect(await stage.job(third)).toMatchObject({ state: 'waiting', waitingFor: 'environment', place: 1 })
    const rollback = await stage.request({ kind: 'rollback' })
    expect(await stage.job(third)).toMatchObject({ state: 'superseded' })
    expect(await stage.end(first)).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
    expect(await stage.end(rollback)).toMatchObject({ state: 'succeeded', error: null })
  })
})

/** Lets a load run until it has sent so many. */
async function stopAfter(load: LoadClient, requests: number): Promise<LoadReport> {
  await load.reach(requests)
  return load.stop()
}
