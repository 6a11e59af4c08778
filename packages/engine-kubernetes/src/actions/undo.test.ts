import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { Slot } from '../state/place-state.ts'
import { findReturn } from './undo.ts'

const template = (image: string) => ({ metadata: { labels: {} }, spec: { containers: [{ name: 'web', image }] } })
const set = (name: string, number: number): V1ReplicaSet =>
  ({
    metadata: { uid: name, annotations: { 'deployment.kubernetes.io/revision': String(number) } },
    spec: { template: template(name) },
  }) as unknown as V1ReplicaSet
const pod = (owner: string, ready: boolean): V1Pod => ({
  metadata: {
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
  },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})
const main = (image: string, replicaSets: V1ReplicaSet[], pods: V1Pod[]): Slot => ({
  name: 'main',
  revision: 3,
  deployment: { spec: { template: template(image) } } as unknown as V1Deployment,
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
