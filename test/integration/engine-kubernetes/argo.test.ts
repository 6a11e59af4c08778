import { EventEmitter, once } from 'node:events'
import type { DeployEngine } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'
import { createKubernetesDeployEngine } from '@stevedore/engine-kubernetes'
import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiFront, type FrontAnswer, type FrontRequest, startApiFront } from './api-front.ts'
import { deploy } from './carry-out.ts'
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
  /** Tells the name of each Rollout as it is written. */
  const written = new EventEmitter()
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
      const rollout = {
        ...kind,
        metadata: { ...metadata, generation: (rollouts.get(name)?.metadata.generation ?? 0) + 1 },
        spec,
      }
      if (!query.has('dryRun')) {
        rollouts.set(name, rollout)
        written.emit(name)
      }
      return { status: 200, body: rollout }
    }
    const found = rollouts.get(name)
    return found ? { status: 200, body: found } : { status: 404, body: { code: 404, reason: 'NotFound' } }
  }

  async function setPhase(name: string, phase: string, message = '') {
    if (!rollouts.has(name)) await once(written, name, { signal: AbortSignal.timeout(60_000) })
    const rollout = rollouts.get(name)!
    rollout.status = { phase, message, observedGeneration: String(rollout.metadata.generation) }
  }

  test('is written as a Rollout and followed to its end', async () => {
    const { place, makeRelease } = openPlace(stage, { strategy, replicas: 2 })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    const context = openJob()
    const done = deploy({ engine, next: release }, context)
    await setPhase(place.app, 'Paused', 'CanaryPauseStep')
    await context.waitForLine(/Paused, CanaryPauseStep/)
    await setPhase(place.app, 'Healthy')
    await done
    expect(context.events).toContainEqual({ type: 'rollout.paused', data: { until: null, by: 'argo' } })
    expect(context.events.map(({ type }) => type)).not.toContain('rollout.observed')
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
    const failure = stage.engine.prepare(makeRelease({ revision: 1, behaviour: 'healthy' }), openJob())
    await expect(failure).rejects.toMatchObject({ code: 'config-missing' })
  })
})
