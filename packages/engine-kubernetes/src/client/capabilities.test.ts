import { expect, test } from 'vitest'
import { chooseVersions } from './capabilities.ts'

test('1.20 gets the versions that it has', () => {
  expect(
    chooseVersions(
      '20',
      ['apps/v1', 'autoscaling/v1', 'autoscaling/v2beta1', 'autoscaling/v2beta2', 'policy/v1beta1'],
      ['jobs', 'jobs/status'],
    ),
  ).toEqual({
    minor: 20,
    autoscaling: 'autoscaling/v2beta2',
    policy: 'policy/v1beta1',
    cron: 'batch/v1beta1',
    argo: false,
  })
})

test('newer ones get the newest, and Argo is seen by its CRD', () => {
  expect(
    chooseVersions(
      '31+',
      ['autoscaling/v1', 'autoscaling/v2', 'policy/v1', 'argoproj.io/v1alpha1'],
      ['jobs', 'cronjobs'],
    ),
  ).toEqual({
    minor: 31,
    autoscaling: 'autoscaling/v2',
    policy: 'policy/v1',
    cron: 'batch/v1',
    argo: true,
  })
})
