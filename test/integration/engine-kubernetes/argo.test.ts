import type { DeployEngine } from '@stevedore/engine'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiFront, type FrontAnswer, type FrontRequest, startApiFront } from './api-front.ts'
import { deploy, makeContext } from './carry-out.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const strategy = {
  type: 'canary',
  controller: 'argo',
  steps: [{ setWeight: 20 }, { pause: '90s' }, { setWeight: 60 }, { pause: {} }],
}

interface Rollout {
  metadata: { name: string; generation: number; labels: Record<string, string> }
  spec: Record<string, unknown>
  status?: object
}

/** Of Argo Rollouts only its API is needed, which a front serves beside the cluster's own; the test plays the controller. */
describe.skipIf(lacks(...stageComponents))('a canary of Argo Rollouts', { timeout: 120_000 }, () => {
  let stage: Stage
  let front: ApiFront
  let engine: DeployEngine
  const rollouts = new Map<string, Rollout>()
  beforeAll(async () => {
    stage = await openStage()
    front = await startApiFront(stage, serveArgo)
    engine = createKubernetesDeployEngine({ kubeconfig: front.kubeconfig })
  })
  afterAll(async () => {
    await front?.close()
    await stage?.close()
  })

  function serveArgo({ method, path, query, body }: FrontRequest): FrontAnswer | undefined {
    if (path === '/apis')
      return {
        status: 200,
        body: {
          groups: [{ versions: [{ groupVersion: 'argoproj.io/v1alpha1' }, { groupVersion: 'policy/v1beta1' }] }],
        },
      }
    if (!path.startsWith('/apis/argoproj.io/')) return undefined
    const name = path.split('/').at(-1)!
    if (method === 'PATCH') {
      const { metadata, spec, ...kind } = JSON.parse(body.toString())
      const written = {
        ...kind,
        metadata: { ...metadata, generation: (rollouts.get(name)?.metadata.generation ?? 0) + 1 },
        spec,
      }
      if (!query.has('dryRun')) rollouts.set(name, written)
      return { status: 200, body: written }
    }
    const found = rollouts.get(name)
    return found ? { status: 200, body: found } : { status: 404, body: { code: 404, reason: 'NotFound' } }
  }

  async function setPhase(name: string, phase: string, message = '') {
    await expect.poll(() => rollouts.has(name), { timeout: 20_000 }).toBe(true)
    const rollout = rollouts.get(name)!
    rollout.status = { phase, message, observedGeneration: String(rollout.metadata.generation) }
  }

  test('is written as a Rollout and followed to its end', async () => {
    const { place, makeRelease } = openPlace(stage, { strategy, replicas: 2 })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    const log: string[] = []
    const done = deploy({ engine, next: release }, makeContext({ log: (line) => void log.push(line) }))
    await setPhase(place.app, 'Paused', 'CanaryPauseStep')
    await expect.poll(() => log.join('\n'), { timeout: 20_000 }).toContain('Paused, CanaryPauseStep')
    await setPhase(place.app, 'Healthy')
    await done
    expect(rollouts.get(place.app)).toMatchObject({
      metadata: { labels: { 'stevedore.io/revision': '1' } },
      spec: {
        replicas: 2,
        strategy: {
          canary: { steps: [{ setWeight: 20 }, { pause: { duration: 90 } }, { setWeight: 60 }, { pause: {} }] },
        },
        template: { spec: { containers: [{ image: release.image }] } },
      },
    })
    const service = JSON.parse(await stage.kubectl(['get', `service/${place.app}`, '-o', 'json']))
    expect(service.spec.selector).toMatchObject({ 'stevedore.io/app': place.app })
    const made = await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${place.app}`, '-o', 'name'])
    expect(made).toBe('')
  })

  test('that Argo gives up on fails the deploy', async () => {
    const { place, makeRelease } = openPlace(stage, { strategy })
    const failure = deploy({ engine, next: makeRelease({ revision: 1, behaviour: 'healthy' }) }).catch((error) => error)
    await setPhase(place.app, 'Degraded', 'RolloutAborted: Rollout aborted update to revision 1')
    expect(await failure).toMatchObject({ code: 'aborted' })
  })

  test('needs the CRD', async () => {
    const { makeRelease } = openPlace(stage, { strategy })
    const failure = stage.engine.prepare(makeRelease({ revision: 1, behaviour: 'healthy' }), makeContext())
    await expect(failure).rejects.toMatchObject({ code: 'config-missing' })
  })
})
