import { openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
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

  test('that answers late ends nothing but the work that was told to end', async () => {
    const [asked, answering] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const front = await startApiFront(stage, ({ path }) => {
      if (path !== '/version') return undefined
      asked.resolve(undefined)
      return answering.promise
    })
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const [stop, reason] = [new AbortController(), new Error('cancelled by the test')]
    const stopped = engine.remove(openPlace(stage).place, openJob({ signal: stop.signal }))
    await asked.promise
    const other = engine.remove(openPlace(stage).place, openJob())
    stop.abort(reason)
    await expect(stopped).rejects.toBe(reason)
    answering.resolve(undefined)
    await other
    await front.close()
  })

  test('breaks off a followed log, which goes on after its last line', async () => {
    const front = await startApiFront(stage, () => undefined)
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const { makeRelease, place } = openPlace(stage)
    const roll = (revision: number) => stage.engine.roll(makeRelease({ revision, behaviour: 'healthy' }), openJob())
    await roll(1)
    const seen = new AbortController()
    const signal = AbortSignal.any([seen.signal, AbortSignal.timeout(180_000)])
    const lines: string[] = []
    const reading = (async () => {
      for await (const line of engine.logs(place, { follow: true, tailLines: 10 }, signal)) {
        lines.push(line)
        if (line.includes('revision 2 listens')) front.breakOff()
        if (line.includes('revision 3 listens')) seen.abort()
      }
    })()
    await roll(2)
    await roll(3)
    await reading
    await front.close()
    for (const revision of [1, 2, 3])
      expect(lines.filter((line) => line.includes(`revision ${revision} listens`))).toHaveLength(1)
  })

  test('for good is told, and never taken for success', async () => {
    const front = await startApiFront(stage, ({ method }) =>
      method === 'PATCH' ? status(503, 'ServiceUnavailable') : undefined,
    )
    const engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
    const { makeRelease } = openPlace(stage)
    const rolling = engine.roll(makeRelease({ revision: 1, behaviour: 'healthy' }), openJob())
    await expect(rolling).rejects.toMatchObject({ code: 'cluster-unreachable' })
    await front.close()
  })
})
