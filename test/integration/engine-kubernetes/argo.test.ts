import { lacks } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deploy, makeContext } from './carry-out.ts'
import { openPlace } from './place.ts'
import { openStage, type Stage, stageComponents } from './stage.ts'

const strategy = {
  type: 'canary',
  controller: 'argo',
  steps: [{ setWeight: 20 }, { pause: '90s' }, { setWeight: 60 }, { pause: {} }],
}

/** The CRD alone: Argo's controller is played by the test, which writes the status that it would. */
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { kind: 'Rollout', plural: 'rollouts', singular: 'rollout' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: Object.fromEntries(
              ['spec', 'status'].map((key) => [key, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }]),
            ),
          },
        },
      },
    ],
  },
}

describe.skipIf(lacks(...stageComponents))('a canary of Argo Rollouts', { timeout: 120_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await stage.cluster.kubectl(['apply', '-f', '-'], JSON.stringify(crd))
    await stage.cluster.kubectl(['wait', '--for=condition=established', 'crd/rollouts.argoproj.io'])
  })
  afterAll(async () => {
    await stage?.cluster.kubectl(['delete', 'crd', 'rollouts.argoproj.io'])
    await stage?.close()
  })

  const read = async (app: string) =>
    JSON.parse(await stage.kubectl(['get', `rollouts.argoproj.io/${app}`, '-o', 'json']))

  async function setPhase(app: string, phase: string, message = '') {
    await expect.poll(() => read(app).catch(() => undefined), { timeout: 30_000 }).toBeDefined()
    const { metadata } = await read(app)
    const status = { phase, message, observedGeneration: String(metadata.generation) }
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${stage.namespace}/rollouts/${app}/status`
    const body = JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, status })
    await stage.cluster.kubectl(['replace', '--raw', path, '-f', '-'], body)
  }

  test('is written as a Rollout and followed to its end', async () => {
    const { engine, place, makeRelease } = openPlace(stage, { strategy, replicas: 2 })
    const release = makeRelease({ revision: 1, behaviour: 'healthy' })
    const log: string[] = []
    const done = deploy({ engine, next: release }, makeContext({ log: (line) => void log.push(line) }))
    await setPhase(place.app, 'Paused', 'CanaryPauseStep')
    await expect.poll(() => log.join('\n'), { timeout: 20_000 }).toContain('Paused')
    await setPhase(place.app, 'Healthy')
    await done
    const { spec } = await read(place.app)
    expect(spec).toMatchObject({
      replicas: 2,
      strategy: {
        canary: {
          steps: [{ setWeight: 20 }, { pause: { duration: 90 } }, { setWeight: 60 }, { pause: {} }],
        },
      },
      template: { spec: { containers: [{ image: release.image }] } },
    })
    const deployments = await stage.kubectl(['get', 'deployments', '-l', `stevedore.io/app=${place.app}`, '-o', 'name'])
    expect(deployments).toBe('')
  })

  test('that Argo gives up on fails the deploy', async () => {
    const { engine, place, makeRelease } = openPlace(stage, { strategy })
    const done = deploy({ engine, next: makeRelease({ revision: 1, behaviour: 'healthy' }) })
    const failure = done.catch((error) => error)
    await setPhase(place.app, 'Degraded', 'RolloutAborted: Rollout aborted update to revision 1')
    expect(await failure).toMatchObject({ code: 'aborted' })
  })
})
