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
  lastFailure: null,
  pinnedBy: null,
  activeJobId: null,
  waitingFor: null,
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

test('the last failure is told with its age and where to read more, also where nothing is meant to run', () => {
  const lastFailure = {
    jobId: '5a9e2c1e-6f0b-4a53-9b6e-0f6c3b0c9d1a',
    kind: 'deploy',
    code: 'never-healthy',
    message: 'A replica did not become healthy in time',
    at: new Date(Date.now() - 60_000).toISOString(),
  } as const
  const replica = { name: 'shop-1', revision: 1, healthy: false, state: 'running', reason: 'GET /: 500', host: null }
  const observed = { replicas: [replica], traffic: {}, drift: [], address: null, at: lastFailure.at }
  expect(describeEnvironment({ ...view, lastFailure, observed })).toMatch(
    /last failure: deploy 1 m 0 s ago, never-healthy: .* \(stevedore watch 5a9e2c1e[\s\S]*shop-1 .*GET \/: 500/,
  )
})

test('replicas are told apart by their process where there is more than web', () => {
  const web = { name: 'shop-1', revision: 1, healthy: true, state: 'running', reason: null, host: null }
  const show = (replicas: NonNullable<EnvironmentView['observed']>['replicas']) => {
    const at = new Date().toISOString()
    return describeEnvironment({ ...view, observed: { replicas, traffic: {}, drift: [], address: null, at } })
  }
  expect(show([web])).not.toContain('PROCESS')
  const shown = show([web, { ...web, name: 'shop-worker-1', process: 'worker' }])
  expect(shown).toMatch(/REPLICA +PROCESS +REVISION[\s\S]*shop-1 +web +1[\s\S]*shop-worker-1 +worker +1/)
})
