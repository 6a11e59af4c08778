import { expect, test } from 'vitest'
import { exampleRelease } from '../spec/example-release.ts'
import { exampleDeployment, exampleReplicaSet, exampleState, exampleTemplate } from '../state/example-workload.ts'
import type { PlaceState } from '../state/place-state.ts'
import { chooseSelector } from './route.ts'

const own = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' }
const hashed = { app: 'shop', 'pod-template-hash': 'abc' }

function state(adopted: boolean, selector: Record<string, string> = {}): PlaceState {
  const main = {
    slot: 'main' as const,
    revision: 1,
    deployment: exampleDeployment(exampleTemplate({ app: 'shop' })),
    replicaSets: [exampleReplicaSet('abc', exampleTemplate(hashed), { labels: hashed })],
    pods: [],
  }
  return exampleState({ main }, { adopted, service: { metadata: { name: 'shop' }, spec: { selector } } })
}

test('what Stevedore made is selected by its slot, or by none for both', () => {
  const choose = (...slots: ('main' | 'next')[]) => chooseSelector(exampleRelease(), slots, state(false), true)
  expect(choose('main')).toEqual({ ...own, 'stevedore.io/slot': 'main' })
  expect(choose('next')).toEqual({ ...own, 'stevedore.io/slot': 'next' })
  expect(choose('main', 'next')).toEqual(own)
})

test('what was adopted is selected as it was found, and by its ReplicaSet only while another slot is beside it', () => {
  const narrowed = { app: 'shop', 'pod-template-hash': 'old', 'stevedore.io/slot': 'next' }
  const choose = (besideNext: boolean, ...slots: ('main' | 'next')[]) =>
    chooseSelector(exampleRelease(), slots, state(true, narrowed), besideNext)
  expect(choose(false, 'main')).toEqual({ app: 'shop' })
  expect(choose(true, 'main')).toEqual({ app: 'shop', 'pod-template-hash': 'abc' })
  expect(choose(true, 'next')).toEqual({ app: 'shop', 'stevedore.io/slot': 'next' })
  expect(choose(true, 'main', 'next')).toEqual({ app: 'shop' })
})
