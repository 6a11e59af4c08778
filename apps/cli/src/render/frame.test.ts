import type { StepView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { makeJob } from '../testing/stub-api.ts'
import { drawFrame } from './frame.ts'
import { plain } from './visible.ts'

const step = (name: string, state: StepView['state'], endedAt: string | null): StepView => ({
  name,
  position: 0,
  state,
  attempt: 1,
  startedAt: '2025-03-01T12:00:01.000Z',
  endedAt,
})
const base = {
  traffic: undefined,
  replicas: new Map<string, string>(),
  tail: [],
  columns: 80,
  rows: 24,
  now: Date.parse('2025-03-01T12:00:05.000Z'),
}

test('steps, replicas, traffic and output of a deploy', () => {
  const job = makeJob({
    steps: [step('prepare', 'succeeded', '2025-03-01T12:00:02.500Z'), step('scale-up r2 to 1', 'running', null)],
  })
  const replicas = new Map([['shop-staging-2-1', 'healthy']])
  expect(drawFrame({ ...base, job, replicas, traffic: 'r1 50%, r2 50%', tail: ['listening'] }).map(plain)).toEqual([
    'deploy shop to staging, version 1.2.0  40%  4.0 s',
    '  + prepare                      1.5 s',
    '  > scale-up r2 to 1             4.0 s',
    '  replicas  shop-staging-2-1 healthy',
    '  traffic   r1 50%, r2 50%',
    '    listening',
  ])
})

test('a pause says when it ends, and one without an end says who ends it', () => {
  const timed = makeJob({ state: 'waiting', waitingFor: 'pause', dueAt: '2025-03-01T12:05:05.000Z' })
  expect(drawFrame({ ...base, job: timed }).map(plain)).toContain('  paused, goes on in 5 m 0 s')
  const untimed = makeJob({ state: 'waiting', waitingFor: 'promotion' })
  expect(drawFrame({ ...base, job: untimed }).map(plain)).toContain(
    `  paused until promoted: stevedore promote ${untimed.id}`,
  )
})

test('a frame is never wider or higher than the terminal, and the newest steps stay', () => {
  const steps = Array.from({ length: 40 }, (_, index) => step(`step ${index} ${'x'.repeat(200)}`, 'succeeded', null))
  const lines = drawFrame({ ...base, job: makeJob({ steps }), columns: 40, rows: 10 }).map(plain)
  expect(lines.length).toBeLessThan(10)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40)
  expect(lines.at(-1)).toContain('step 39')
})
