import type { EnvironmentView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeEnvironment } from './describe-environment.ts'

const view: EnvironmentView = {
  app: 'shop',
  environment: 'staging',
  desired: null,
  observed: null,
  replicas: null,
  changedSecrets: [],
  pinnedBy: null,
  activeJobId: null,
}

test('secrets that were changed since the deploy are named, with what to do', () => {
  expect(describeEnvironment({ ...view, changedSecrets: ['DATABASE_URL'] })).toContain(
    'DATABASE_URL changed since this deploy: deploy again to use it',
  )
  expect(describeEnvironment({ ...view, changedSecrets: ['DATABASE_URL', 'API_KEY'] })).toContain(
    'DATABASE_URL, API_KEY changed since this deploy: deploy again to use them',
  )
  expect(describeEnvironment(view)).not.toContain('changed')
})

test('how many replicas are healthy is said where it was seen', () => {
  expect(describeEnvironment({ ...view, replicas: { healthy: 0, desired: 2 } })).toMatch(/healthy: +0 of 2 replicas/)
  expect(describeEnvironment(view)).not.toContain('healthy')
})
