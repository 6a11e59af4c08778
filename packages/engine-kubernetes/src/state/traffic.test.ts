import { expect, test } from 'vitest'
import type { Slot } from '../spec/names.ts'
import { exampleDeployment, examplePod, exampleReplicaSet, exampleState, exampleTemplate } from './example-workload.ts'
import { countTraffic, selectedSlots } from './traffic.ts'
import type { Workload } from './workload.ts'

function workload(slot: Slot, revision: number, pods: string[]): Workload {
  const labels = { app: 'shop', 'stevedore.io/slot': slot }
  const hashed = { ...labels, 'pod-template-hash': `h-${slot}` }
  return {
    slot,
    revision,
    deployment: exampleDeployment(exampleTemplate(labels)),
    replicaSets: [exampleReplicaSet(slot, exampleTemplate(hashed), { labels: hashed })],
    pods: pods.map((pod) => examplePod(pod, slot, { 'stevedore.io/revision': String(revision) })),
  }
}

const state = (selector: Record<string, string> | undefined, served: string[]) =>
  exampleState(
    { main: workload('main', 1, ['a', 'b']), next: workload('next', 2, ['c']) },
    {
      service: { metadata: { name: 'shop' }, spec: { ...(selector ? { selector } : {}) } },
      endpoints: {
        metadata: { name: 'shop' },
        subsets: [{ addresses: served.map((name) => ({ ip: '', targetRef: { name } })) }],
      },
    },
  )

test('traffic is what the endpoints say, whatever the selector should make of it', () => {
  expect(countTraffic(state({}, ['a', 'b', 'c']))).toEqual({ 1: 67, 2: 33 })
  expect(countTraffic(state({}, ['c', 'gone']))).toEqual({ 2: 100 })
})

test('a slot is selected by its pods’ labels, their ReplicaSet’s hash among them; no selector selects none', () => {
  expect(selectedSlots(state({ app: 'shop' }, []))).toEqual(['main', 'next'])
  expect(selectedSlots(state({ 'stevedore.io/slot': 'next' }, []))).toEqual(['next'])
  expect(selectedSlots(state({ app: 'shop', 'pod-template-hash': 'h-main' }, []))).toEqual(['main'])
  expect(selectedSlots(state(undefined, []))).toEqual([])
})
