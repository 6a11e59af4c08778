import type { BuildReport, JobResult } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { makeJob } from '../testing/stub-api.ts'
import { summarize } from './summary.ts'
import { plain } from './visible.ts'

const digest = `sha256:${'0123456789ab'.padEnd(64, '0')}`
const report: BuildReport = {
  build_date: '2025-03-01T12:00:05.000Z',
  version: '1.2.0',
  vcs_ref: 'c0ffee',
  target: 'production',
  registry: 'ghcr.io',
  image_name: 'acme/shop',
  digest,
  size: 12_400_000,
  duration_ms: 3_000,
  pushed: true,
}
const finished = { finishedAt: '2025-03-01T12:00:09.000Z' }

function linesOf(result: JobResult, state: 'succeeded' | 'cancelled' | 'superseded' = 'succeeded'): string[] {
  return plain(summarize(makeJob({ state, result, ...finished }), process.stdout)).split('\n')
}

test('a build that left the rest of its pipeline out says what and why', () => {
  const leftOut = ['deploy staging: staging is pinned by token:ann']
  expect(linesOf({ version: '1.2.0', commit: 'c0ffee', reports: [report], leftOut })).toEqual([
    'ghcr.io/acme/shop:1.2.0-production  sha256:0123456789ab  12.4 MB, 3.0 s, pushed',
    'left out: deploy staging: staging is pinned by token:ann',
    'succeeded in 8.0 s',
  ])
})

test('a push names its images, and what it left out', () => {
  const images = [{ version: '1.2.0', target: 'production', digest }]
  expect(linesOf({ images, leftOut: ['deploy staging: there is no such environment'] })).toEqual([
    '1.2.0-production  sha256:0123456789ab',
    'left out: deploy staging: there is no such environment',
    'succeeded in 8.0 s',
  ])
})

test('a deploy gives its revision and address, a dry run its changes, a removal what came of it', () => {
  const rollout = { revision: 2, image: `ghcr.io/acme/shop@${digest}`, version: '1.2.0', traffic: { 2: 100 } }
  expect(linesOf({ ...rollout, address: 'http://shop' })).toEqual([
    'revision 2 (1.2.0)',
    'answers at http://shop',
    'succeeded in 8.0 s',
  ])
  expect(linesOf({ ...rollout, address: null })).toEqual(['revision 2 (1.2.0)', 'succeeded in 8.0 s'])
  const changes = [{ action: 'create' as const, object: 'route', fields: [] }]
  expect(linesOf({ dryRun: true, changes })).toEqual(['+ create route', 'succeeded in 8.0 s'])
  expect(linesOf({ removed: 2 })).toEqual(['the environment is taken down', 'succeeded in 8.0 s'])
})

test('what becomes of data is said: the time without service, what a rollback leaves, what a removal leaves or ends', () => {
  const rollout = { revision: 2, image: `ghcr.io/acme/shop@${digest}`, version: '1.2.0', traffic: { 2: 100 } }
  expect(linesOf({ ...rollout, address: null, downMs: 2_400, volumesKept: ['uploads', 'cache'] })).toEqual([
    'revision 2 (1.2.0)',
    'nothing served for 2.4 s',
    'not turned back: what is in uploads, cache',
    'succeeded in 8.0 s',
  ])
  expect(linesOf({ removed: 2, volumesLeft: ['uploads'] })[1]).toBe('left with all that is in them: uploads')
  expect(linesOf({ removed: 2, volumesRemoved: ['uploads'] })[1]).toBe('removed with all that was in them: uploads')
  expect(linesOf({ removed: 2, linkedFrom: ['shop/production'] })[1]).toBe(
    'links lead nowhere now from shop/production',
  )
  expect(linesOf({ dryRun: true, changes: [], notes: ['stops the old'] })).toEqual([
    'stops the old',
    'Nothing would change.',
    'succeeded in 8.0 s',
  ])
})

test('a job that did not get to its end says where the traffic goes, or what took its place', () => {
  expect(linesOf({ traffic: 'revision 1 gets all' }, 'cancelled')).toEqual([
    'traffic: revision 1 gets all',
    'cancelled in 8.0 s',
  ])
  expect(linesOf({ supersededBy: 'j-2' }, 'superseded')).toEqual([
    'in its place: stevedore watch j-2',
    'superseded in 8.0 s',
  ])
})
