import { expect, test } from 'vitest'
import { makeEvent } from '../testing/make-event.ts'
import { describeEvent } from './describe-event.ts'

test('an event that says nothing to a reader is left out', () => {
  expect(describeEvent(makeEvent('step.started', { name: 'build', position: 1, attempt: 1 }))).toBe('build …')
  expect(describeEvent(makeEvent('step.progress', { percent: 40 }))).toBeUndefined()
})

test('a retry says when it will be tried, and of what the last try failed', () => {
  const dueAt = '2025-03-01T12:00:30.000Z'
  const scheduled = makeEvent('job.retry-scheduled', { waitingFor: 'retry', dueAt, code: 'registry-unreachable' })
  expect(describeEvent(scheduled)).toBe('failed, will be tried again in 30 s: registry-unreachable')
  expect(describeEvent(makeEvent('job.retry-scheduled', { waitingFor: 'retry', dueAt: null }))).toBe(
    'failed, will be tried again',
  )
})

test.each([
  ['resume', {}, 'requested: resume'],
  ['pause', { pause: true }, 'requested: pause'],
  ['promote', { promote: 'step' }, 'requested: promote'],
  ['promote', { promote: 'full', pause: true }, 'requested: promote full'],
  ['abort', { promote: 'full', abort: true }, 'requested: abort'],
] as const)('%s is told by its verb, whatever was asked for before it: %j', (verb, control, expected) => {
  expect(describeEvent(makeEvent('job.control-requested', { verb, by: 'token:ann', control }))).toBe(expected)
})

test('replicas are told by name, revision and host', () => {
  expect(describeEvent(makeEvent('replica.stopped', { replica: 'shop-7f-x', revision: 2 }))).toBe(
    'stopped shop-7f-x of r2',
  )
  expect(describeEvent(makeEvent('replica.healthy', { replica: 'shop-3-1', revision: 3, host: 'eu-1' }))).toBe(
    'healthy: shop-3-1 of r3 on eu-1',
  )
})

test('what was observed is one line', () => {
  const replica = (name: string, healthy: boolean) => ({ name, revision: 3, healthy, state: 'running' })
  const observed = makeEvent('rollout.observed', {
    replicas: [replica('a', true), replica('b', false)],
    traffic: { 2: 10, 3: 90 },
    address: 'http://shop.example.com',
  })
  expect(describeEvent(observed)).toBe('observed: 1 of 2 healthy, traffic r2 10%, r3 90%, http://shop.example.com')
  const bare = makeEvent('rollout.observed', { replicas: [], traffic: {}, address: null })
  expect(describeEvent(bare), 'of an older cluster').toBeUndefined()
})

test('a sample says its verdict and why', () => {
  const sampled = { verdict: 'fail', reason: '0.2 < 0.01 is not met', revision: 3, sample: { value: 0.2 } } as const
  expect(describeEvent(makeEvent('analysis.sampled', sampled))).toBe('analysis of r3: fail, 0.2 < 0.01 is not met')
})
