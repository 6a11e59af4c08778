import { expect, test } from 'vitest'
import type { Manifest } from '../client/kinds.ts'
import { type ClaimModes, findClaimFaults } from './claim-faults.ts'
import { copyManifests } from './example-manifests.ts'
import { exampleRelease } from './example-release.ts'
import { splitBase } from './split-base.ts'

type Changed = Record<string, Record<string, unknown>>

/** The example, whose worker has a claim of one node, with its worker, its claim or its autoscaler changed. */
function judge(
  change: { worker?: object; modes?: string[]; scaled?: string; serving?: boolean },
  settings: object = {},
  present: ClaimModes = new Map(),
) {
  const objects = copyManifests() as unknown as (Changed & { kind: string; metadata: { name: string } })[]
  const find = (kind: string, name: string) => objects.find((one) => one.kind === kind && one.metadata.name === name)!
  Object.assign(find('Deployment', 'shop-worker').spec as object, change.worker)
  if (change.modes) find('PersistentVolumeClaim', 'shop-files').spec!.accessModes = change.modes
  if (change.scaled) find('HorizontalPodAutoscaler', 'shop').spec!.scaleTargetRef = { name: change.scaled }
  if (change.serving) {
    const { template } = find('Deployment', 'shop').spec as { template?: { spec: { volumes: object[] } } }
    template?.spec.volumes.push({ name: 'held', persistentVolumeClaim: { claimName: 'held' } })
  }
  const release = exampleRelease(settings)
  return findClaimFaults(splitBase(objects as unknown as Manifest[], release), release, present)
}

test('one replica that is stopped before the next may have a claim of one node', () => {
  expect(judge({})).toEqual([])
  expect(judge({ worker: { replicas: 0 } })).toEqual([])
})

test.each([
  [{ worker: { replicas: 2 } }, 'Deployment shop-worker: the claim shop-files is of one node, so one replica alone'],
  [{ scaled: 'shop-worker' }, 'one replica alone has it: take `replicas: 1` and no autoscaler'],
  [{ worker: { strategy: { type: 'RollingUpdate' } } }, 'what runs is stopped before the next is started'],
  [{ worker: { strategy: undefined } }, 'take `strategy: {type: Recreate}`'],
  [{ worker: { replicas: 2 }, modes: ['ReadWriteOncePod'] }, 'one replica alone'],
])('with %j it is refused', (change, why) => {
  const [fault, ...others] = judge(change)
  expect(fault).toContain(why)
  expect(others).toEqual([])
})

test('one that many nodes open may be had by many', () => {
  expect(judge({ worker: { replicas: 3, strategy: undefined }, modes: ['ReadWriteMany'] })).toEqual([])
})

test('what serves is held to the spec’s replicas and strategy, by what is there of the claim', () => {
  const held = new Map([['held', ['ReadWriteOnce']]])
  expect(judge({ serving: true, scaled: 'shop-worker-2' }, { replicas: 2 }, held)).toEqual([
    'the Deployment that serves: the claim held is of one node, so one replica alone has it: take `replicas: 1` in the spec, and no autoscaler',
    'the Deployment that serves: the claim held is of one node, so what runs is stopped before the next is started: take `strategy: recreate` in the spec',
  ])
  expect(judge({ serving: true }, { strategy: 'recreate' }, held)).toHaveLength(1)
  expect(judge({ serving: true, scaled: 'other' }, { strategy: 'recreate' }, held)).toEqual([])
  expect(judge({ serving: true }, { replicas: 2 })).toEqual([])
})
