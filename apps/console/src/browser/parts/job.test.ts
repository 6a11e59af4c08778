import { expect, test } from 'vitest'
import { makeJob } from '../testing/make-views.ts'
import { nameJob, nameSubject } from './job.ts'

const place = { kind: 'deploy', app: 'shop', environment: 'staging' } as const

test.each([
  ['remove shop from staging', { remove: true }],
  ['adopt shop in staging', { adopt: true }],
  ['restart shop in staging', { restart: true }],
  ['restart worker of shop in staging', { restart: true, process: 'worker' }],
  ['scale shop in staging to worker=4 web=3', { scale: { worker: 4, web: 3 } }],
  ['dry run: deploy shop to staging', { dryRun: true }],
])('%s', (name, request) => {
  expect(nameJob(makeJob({ request: { ...place, ...request } }))).toBe(name)
})

test('the subject of a change of scale is its counts', () => {
  expect(nameSubject(makeJob({ request: { ...place, scale: { web: 3 } } }))).toBe('web=3')
})
