import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks, recordContext } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FrontAnswer, type FrontRequest, startApiFront } from './api-front.ts'
import { deploy } from './carry-out.ts'
import { expectNoneFailed, startSharedLoad } from './load.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const status = (code: number, reason: string, headers = {}): FrontAnswer => ({
  status: code,
  body: { kind: 'Status', code, reason, message: `injected ${code}` },
  headers,
})

/** Every third request fails, each time in the next of these ways. */
const faults: FrontAnswer[] = [
  status(500, 'InternalError'),
  status(503, 'ServiceUnavailable'),
  status(429, 'TooManyRequests', { 'retry-after': '1' }),
  status(410, 'Expired'),
  status(504, 'Timeout'),
  'cut',
]

describe.skipIf(lacks(...stageComponents))('an API that fails', { timeout: 240_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage?.close())

  async function deployThrough(intercept: (request: FrontRequest) => FrontAnswer | undefined) {
    const front = await startApiFront(stage, intercept)
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const { request, makeRelease, place } = openPlace(stage, { strategy: { type: 'blue-green', scaleDownDelay: '0s' } })
    const [stable, next] = [1, 2].map((revision) => makeRelease({ revision, behaviour: 'healthy' }))
    await deploy({ engine: stage.engine, next: stable! })
    const load = startSharedLoad(request)
    try {
      await deploy({ engine, next: next!, stable: stable! })
    } finally {
      await front.close()
    }
    await expectNoneFailed(load)
    return stage.engine.observe(place, AbortSignal.timeout(30_000))
  }

  test('every third time does not stop a deploy', async () => {
    let count = 0
    const seen = await deployThrough(() => (++count % 3 === 0 ? faults[(count / 3) % faults.length] : undefined))
    expect(seen.traffic).toEqual({ 2: 100 })
    expect(seen.replicas.map(({ revision }) => revision)).toEqual([2])
    expect(count).toBeGreaterThan(60)
  })

  test('by a lost race on each object does not either', async () => {
    const lost = new Set<string>()
    const seen = await deployThrough(({ method, path, body }) => {
      const guarded = method === 'PATCH' && body.includes('"resourceVersion"')
      if (!guarded || lost.has(path)) return undefined
      lost.add(path)
      return status(409, 'Conflict')
    })
    expect(seen.traffic).toEqual({ 2: 100 })
    expect(lost.size).toBeGreaterThan(1)
  })

  test('for good is told, and never taken for success', async () => {
    const front = await startApiFront(stage, ({ method }) =>
      method === 'PATCH' ? status(503, 'ServiceUnavailable') : undefined,
    )
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const { makeRelease } = openPlace(stage)
    const rolling = engine.roll(makeRelease({ revision: 1, behaviour: 'healthy' }), recordContext())
    await expect(rolling).rejects.toMatchObject({ code: 'cluster-unreachable' })
    await front.close()
  })
})
