import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import type { SlotName } from '../spec/names.ts'
import type { Picture, Slot } from './place-state.ts'
import { countTraffic, selectedSlots, toPercent } from './traffic.ts'

test('percents sum to 100 whatever the counts', () => {
  expect(
    toPercent(
      new Map([
        [1, 2],
        [2, 1],
      ]),
    ),
  ).toEqual({ 1: 67, 2: 33 })
  expect(
    toPercent(
      new Map([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    ),
  ).toEqual({ 1: 34, 2: 33, 3: 33 })
  expect(toPercent(new Map())).toEqual({})
})

function slot(name: SlotName, revision: number, pods: string[]): Slot {
  const labels = { app: 'shop', 'stevedore.io/slot': name }
  const hashed = { ...labels, 'pod-template-hash': `h-${name}` }
  const template = (its: object) => ({ spec: { template: { metadata: { labels: its } } } })
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: name, controller: true }
  return {
    name,
    revision,
    deployment: template(labels) as V1Deployment,
    replicaSets: [{ metadata: { uid: name, labels: hashed }, ...template(hashed) } as unknown as V1ReplicaSet],
    pods: pods.map(
      (pod): V1Pod => ({
        metadata: { name: pod, ownerReferences: [owner], labels: { 'stevedore.io/revision': String(revision) } },
      }),
    ),
  }
}

const picture = (selector: Record<string, string> | undefined, served: string[]): Picture => ({
  main: slot('main', 1, ['a', 'b']),
  next: slot('next', 2, ['c']),
  adopted: false,
  argo: false,
  service: { spec: { ...(selector ? { selector } : {}) } },
  endpoints: { subsets: [{ addresses: served.map((name) => ({ ip: '', targetRef: { name } })) }] },
})

test('traffic is what the endpoints say, whatever the selector should make of it', () => {
  expect(countTraffic(picture({}, ['a', 'b', 'c']))).toEqual({ 1: 67, 2: 33 })
  expect(countTraffic(picture({}, ['c', 'gone']))).toEqual({ 2: 100 })
})

test('a slot is selected by its pods’ labels, their ReplicaSet’s hash among them; no selector selects none', () => {
  expect(selectedSlots(picture({ app: 'shop' }, []))).toEqual(['main', 'next'])
  expect(selectedSlots(picture({ 'stevedore.io/slot': 'next' }, []))).toEqual(['next'])
  expect(selectedSlots(picture({ app: 'shop', 'pod-template-hash': 'h-main' }, []))).toEqual(['main'])
  expect(selectedSlots(picture(undefined, []))).toEqual([])
})
