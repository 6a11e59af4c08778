import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { exampleRelease } from '../spec/example-release.ts'
import type { Picture } from '../state/place-state.ts'
import { buildSelector } from './select.ts'

const own = { 'stevedore.io/app': 'shop', 'stevedore.io/environment': 'production' }
const template = { metadata: { labels: { app: 'shop' } } }
const hashed = { metadata: { labels: { app: 'shop', 'pod-template-hash': 'abc' } } }
const picture = (adopted: boolean, selector: Record<string, string> = {}): Picture => ({
  main: {
    name: 'main',
    revision: 1,
    deployment: { spec: { template } } as unknown as V1Deployment,
    replicaSets: [{ ...hashed, spec: { template: hashed } } as unknown as V1ReplicaSet],
    pods: [],
  },
  next: undefined,
  adopted,
  argo: false,
  service: { spec: { selector } },
  endpoints: undefined,
})

test('what Stevedore made is selected by its slot, or by none for both', () => {
  const build = (...slots: ('main' | 'next')[]) => buildSelector(exampleRelease(), slots, picture(false), true)
  expect(build('main')).toEqual({ ...own, 'stevedore.io/slot': 'main' })
  expect(build('next')).toEqual({ ...own, 'stevedore.io/slot': 'next' })
  expect(build('main', 'next')).toEqual(own)
})

test('what was adopted is selected as it was found, and by its ReplicaSet only while another slot is beside it', () => {
  const narrowed = { app: 'shop', 'pod-template-hash': 'old', 'stevedore.io/slot': 'next' }
  const build = (besideNext: boolean, ...slots: ('main' | 'next')[]) =>
    buildSelector(exampleRelease(), slots, picture(true, narrowed), besideNext)
  expect(build(false, 'main')).toEqual({ app: 'shop' })
  expect(build(true, 'main')).toEqual({ app: 'shop', 'pod-template-hash': 'abc' })
  expect(build(true, 'next')).toEqual({ app: 'shop', 'stevedore.io/slot': 'next' })
  expect(build(true, 'main', 'next')).toEqual({ app: 'shop' })
})
