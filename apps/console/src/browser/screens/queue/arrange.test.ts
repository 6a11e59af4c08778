import { expect, test } from 'vitest'
import { makeJob, makeWorker } from '../../testing/make-views.ts'
import { arrangeLines, findStuck, weighKinds } from './arrange.ts'

test('a line is in the order of turns: who has it, who follows, and last who waits for approval', () => {
  const { lines } = arrangeLines([
    makeJob({ id: 'asks', state: 'waiting', waitingFor: 'approval', place: null }),
    makeJob({ id: 'third', state: 'waiting', waitingFor: 'environment', place: 2 }),
    makeJob({ id: 'second', state: 'waiting', waitingFor: 'environment', place: 1 }),
    makeJob({ id: 'first', state: 'running', place: null }),
  ])
  expect(lines.map(({ jobs }) => jobs.map(({ id }) => id))).toEqual([['first', 'second', 'third', 'asks']])
})

test('environments have a line each; builds and dry runs stand in none', () => {
  const dryRun = { kind: 'deploy' as const, app: 'shop', environment: 'staging', dryRun: true }
  const { lines, others } = arrangeLines([
    makeJob({ state: 'queued', app: 'shop' }),
    makeJob({ state: 'queued', app: 'blog' }),
    makeJob({ id: 'build', kind: 'build', environment: null, state: 'queued' }),
    makeJob({ id: 'dry', request: dryRun, state: 'running' }),
  ])
  expect(lines.map(({ app }) => app)).toEqual(['blog', 'shop'])
  expect(others.map(({ id }) => id)).toEqual(['dry', 'build'])
})

test('what is ready and taken by no worker that lives is stuck; who may not see workers is told nothing', () => {
  const jobs = [makeJob({ kind: 'build', environment: null, state: 'queued' })]
  const stuck = (workers: Parameters<typeof weighKinds>[1]) =>
    findStuck(weighKinds(jobs, workers)).map(({ kind }) => kind)
  expect(stuck([makeWorker()])).toEqual([])
  expect(stuck([makeWorker({ live: false }), makeWorker({ kinds: ['deploy'] })])).toEqual(['build'])
  expect(stuck(null)).toEqual([])
})
