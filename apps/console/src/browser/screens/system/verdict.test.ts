import type { ReadyView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { makeWorker } from '../../testing/make-views.ts'
import { listSites } from './sites.ts'
import { judgeSystem } from './verdict.ts'

const ready: ReadyView = { status: 'ready', ledger: 'ok', migrations: 'ok', transport: 'ok' }
const away = { site: 'prod', since: '2026-03-01T12:00:00Z', reason: 'refused' }

test('when all answers it says so', () => {
  expect(judgeSystem({ ready, workers: [makeWorker()] }).tone).toBe('good')
})

test('without the transport it waits, without the ledger or a worker it is bad', () => {
  expect(judgeSystem({ ready: { ...ready, transport: 'away' }, workers: null }).tone).toBe('wait')
  expect(judgeSystem({ ready: { ...ready, ledger: 'away' }, workers: null }).tone).toBe('bad')
  expect(judgeSystem({ ready, workers: [] }).sentence).toMatch(/^No worker lives/)
  expect(judgeSystem({ ready: null, workers: null }).tone).toBe('bad')
})

test('a site that some reach and some do not is told once, before those that answer all', () => {
  const workers = [
    makeWorker({ id: 'a', sites: ['docker', 'prod'] }),
    makeWorker({ id: 'b', sites: ['docker', 'prod'], away: [away] }),
    makeWorker({ id: 'lost', live: false, sites: ['gone'] }),
  ]
  expect(listSites(workers).map(({ name, reached }) => [name, reached])).toEqual([
    ['prod', ['a']],
    ['docker', ['a', 'b']],
  ])
  expect(judgeSystem({ ready, workers: [workers[1]!] }).sentence).toBe('Prod does not answer.')
})
