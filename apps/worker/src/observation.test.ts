import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { compareToLedger, viewObservation } from './observation.ts'

const processes = { queue: { command: ['queue'] }, worker: { command: ['work'], replicas: 2 } }
const settings = (more: object = {}) => environmentSpec.parse({ engine: 'docker', replicas: 2, processes, ...more })
const worker = { name: 'w', revision: 3, healthy: true, state: 'running', process: 'worker' }
const web = { name: 'a', revision: 3, healthy: true, state: 'running' }
const seen = { replicas: [web, worker], traffic: { 3: 100 }, drift: [] }
const view = (given: Parameters<typeof viewObservation>[0], more: object = {}) =>
  viewObservation(given, settings(more), (text) => text)

test('processes count among what there should be, on each host, whatever an autoscaler chose of web', () => {
  expect(view(seen).desiredReplicas).toBe(5)
  expect(view(seen, { hosts: ['east', 'west'] }).desiredReplicas).toBe(10)
  expect(view({ ...seen, size: 7 }).desiredReplicas).toBe(10)
  expect(view(seen, { processes: undefined }).desiredReplicas).toBe(2)
  expect(view({ ...seen, beside: 3 }, { processes: undefined }).desiredReplicas).toBe(5)
})

test('a replica of a process says so, and one of web nothing', () => {
  expect(view(seen).replicas.map((one) => one.process)).toEqual([undefined, 'worker'])
  expect(view(seen).replicas[0]).not.toHaveProperty('process')
})

test('a revision of which only a process runs is gone: nothing of it serves', () => {
  const known = { currentRevision: 3, lastRevision: 3 }
  expect(compareToLedger(view(seen), known).drift).toEqual([])
  expect(compareToLedger(view({ ...seen, replicas: [worker] }), known).drift).toEqual([
    { field: 'revision 3', wanted: 'running', found: 'absent' },
  ])
})
