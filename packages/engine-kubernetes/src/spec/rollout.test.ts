import type { CanaryStrategy } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { buildPodTemplate } from './deployment.ts'
import { exampleRelease } from './example-release.ts'
import { buildRollout } from './rollout.ts'

const facts = { minor: 30, envSecret: undefined }
const strategy = { type: 'canary', controller: 'argo', steps: [{ setWeight: 10 }, { pause: '5m' }, { pause: {} }] }

test('a canary for Argo is its steps in Argo’s words around the same pods', () => {
  const release = exampleRelease({ strategy, replicas: 4 })
  const rollout = buildRollout(release, release.settings.strategy as CanaryStrategy, facts)
  expect(rollout).toMatchObject({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'shop', namespace: 'shops' },
  })
  expect(rollout.spec).toMatchObject({
    replicas: 4,
    template: buildPodTemplate(release, 'main', facts),
    strategy: { canary: { steps: [{ setWeight: 10 }, { pause: { duration: 300 } }, { pause: {} }] } },
  })
})

test('an autoscaled Rollout names no size', () => {
  const release = exampleRelease({ strategy, autoscale: { cpu: 70, min: 2, max: 5 } })
  expect(buildRollout(release, release.settings.strategy as CanaryStrategy, facts).spec).not.toHaveProperty('replicas')
})
