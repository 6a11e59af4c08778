import { expect, test } from 'vitest'
import type { Deed } from '../../test/chaos/script.ts'
import { judgeEffects, judgeWorld } from './judge-effects.ts'

const did = (point: Deed['point'], more: Partial<Deed> = {}): Deed => ({
  what: 'did',
  point,
  jobId: 'j1',
  attempt: 1,
  pid: 10,
  askedAt: 1_000,
  ...more,
})
const holdings = new Map([
  [
    'j1',
    [
      { attempt: 1, endedAt: new Date(5_000) },
      { attempt: 2, endedAt: new Date(9_000) },
    ],
  ],
])
const judge = (...deeds: Deed[]) => judgeEffects(deeds, holdings)

test('an attempt that is lost between an effect and its record is repeated by the next', () => {
  const second = { attempt: 2, pid: 11, askedAt: 6_000 }
  expect(judge(did('build'), did('push'), did('build', second), did('push', second))).toEqual([])
  expect(judge(did('build'), { ...did('build', { askedAt: 8_000 }), what: 'refused' })).toEqual([])
})

test('a doubled effect is found', () => {
  expect(judge(did('push'), did('push'))).toEqual(['attempt 1 of j1 had the effect push twice'])
  expect(judge(did('build'), did('push', { pid: 12 }))).toEqual(['attempt 1 of j1 had effects by 2 workers'])
})

test('a command that is begun again by another attempt is found', () => {
  const again = did('begin-command', { attempt: 2, pid: 11, askedAt: 6_000 })
  expect(judge(did('begin-command'), did('clear'))).toEqual([])
  expect(judge(did('begin-command'), again)).toEqual(['the command of j1 was begun again'])
})

test('an effect of who no longer holds the job is found', () => {
  expect(judge(did('push', { askedAt: 7_500 }))).toEqual([
    'attempt 1 of j1 had the effect push 2500 ms after it had ended',
  ])
  expect(judge(did('build', { attempt: 3 }))).toEqual(['attempt 3 of j1 had an effect and is not kept'])
})

test('what runs is what the ledger says', () => {
  const runs = { replicas: { 3: 2 }, traffic: { 3: 100 } }
  expect(judgeWorld(runs, 3, 2)).toEqual([])
  expect(judgeWorld({ replicas: {}, traffic: {} }, null, 2)).toEqual([])
  expect(judgeWorld(runs, null, 2)).toHaveLength(1)
  expect(judgeWorld({ ...runs, replicas: { 3: 2, 4: 1 } }, 3, 2)).toHaveLength(1)
  expect(judgeWorld({ ...runs, traffic: { 2: 100 } }, 3, 2)[0]).toContain('by the ledger it is')
})
