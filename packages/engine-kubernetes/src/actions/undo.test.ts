import { expect, test } from 'vitest'
import type { Pod, ReplicaSet } from '../client/kinds.ts'
import { exampleDeployment, examplePod, exampleReplicaSet, exampleTemplate } from '../state/example-workload.ts'
import type { Workload } from '../state/workload.ts'
import { findReturn } from './undo.ts'

const set = (uid: string, number: number) =>
  exampleReplicaSet(uid, exampleTemplate({}, uid), {
    annotations: { 'deployment.kubernetes.io/revision': String(number) },
  })
const pod = (owner: string, ready: boolean) => examplePod(`${owner}-1`, owner, {}, ready)
const main = (image: string, replicaSets: ReplicaSet[], pods: Pod[]): Workload => ({
  slot: 'main',
  revision: 3,
  deployment: exampleDeployment(exampleTemplate({}, image)),
  replicaSets,
  pods,
})
const sets = [set('one', 1), set('two', 2), set('three', 3)]

test('main returns to the ReplicaSet that still serves', () => {
  expect(findReturn(main('three', sets, [pod('one', true), pod('three', false)]), false)).toBe(sets[0])
})

test('a revision beside which nothing serves is emptied, unless it was adopted', () => {
  const failed = main('three', sets, [pod('three', false), pod('two', false)])
  expect(findReturn(failed, false)).toBeUndefined()
  expect(findReturn(failed, true)).toBe(sets[1])
})

test('the present template’s own pods are none to return to', () => {
  expect(findReturn(main('three', sets, [pod('three', true)]), false)).toBeUndefined()
})
