import { environmentSpec } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { findProcessDrift } from './process-drift.ts'
import type { ReplicaContainer } from './replicas.ts'

const processes = { worker: { command: ['work'], replicas: 2 } }
const place = { app: 'shop', environment: 'test', settings: environmentSpec.parse({ engine: 'docker', processes }) }

const container = (revision: number, process = 'worker', state = 'running') =>
  ({ revision, process, state }) as ReplicaContainer
const find = (containers: ReplicaContainer[], traffic: Record<number, number> = { 2: 100 }) =>
  findProcessDrift({ name: undefined }, place, containers, { traffic })

test('a host that has fewer or more of a process than the settings say is told of, by the revision that serves', () => {
  expect(find([container(2), container(2)])).toEqual([])
  expect(find([container(2), container(2, 'worker', 'exited'), container(1)])).toEqual([
    { field: 'process worker', wanted: '2 running', found: '1 running' },
  ])
  expect(find([container(2), container(2), container(2, 'queue')])).toEqual([
    { field: 'process queue', wanted: '0 running', found: '1 running' },
  ])
})

test('while two revisions share the traffic, and where nothing serves, nothing is missed', () => {
  expect(find([], { 1: 50, 2: 50 })).toEqual([])
  expect(findProcessDrift({ name: 'east' }, place, [], undefined)).toEqual([])
})
