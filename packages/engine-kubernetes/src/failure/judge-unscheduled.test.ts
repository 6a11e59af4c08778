import { describe, expect, test } from 'vitest'
import type { ClusterEvent } from '../client/kinds.ts'
import { judgeUnscheduled } from './judge-unscheduled.ts'
import type { Trouble } from './pod-trouble.ts'
import { createTroubleClock } from './trouble-clock.ts'

const trouble: Trouble = { code: 'unschedulable', summary: '0/3 nodes are available', pod: 'shop-1', afterMs: 0 }
const graceMs = 60_000
const event = (reason: string, message = '', component = 'x'): ClusterEvent => ({
  reason,
  message,
  source: { component },
})

const scheduler = event('FailedScheduling', '0/3 nodes are available', 'default-scheduler')
const triggered = event('TriggeredScaleUp', 'pod triggered scale-up: [{pool 3->4 (max: 5)}]', 'cluster-autoscaler')
const refused = event('NotTriggerScaleUp', "pod didn't trigger scale-up: 1 max node group size reached")
const nominated = event('Nominated', 'Pod should schedule on: nodeclaim/default-x7f', 'karpenter')
const incompatible = event('FailedScheduling', 'Failed to schedule pod, incompatible with nodepool', 'karpenter')

describe('a pod that no node can take', () => {
  test.each<[string, ClusterEvent[]]>([
    ['Cluster Autoscaler adds one', [scheduler, triggered]],
    ['the scheduler still says that there is none', [triggered, scheduler]],
    ['Karpenter has chosen one', [incompatible, nominated, scheduler]],
    ['it was refused before, and is added now', [refused, triggered]],
  ])('waits for the node: %s', (_which, events) => {
    const judged = judgeUnscheduled(trouble, events, graceMs)
    expect(judged).toMatchObject({ afterMs: Number.POSITIVE_INFINITY, awaits: expect.stringMatching(/scale-up|node/) })
  })

  test.each<[string, ClusterEvent[], string]>([
    ['nothing adds nodes here', [scheduler], '0/3 nodes are available'],
    ['Cluster Autoscaler adds none', [scheduler, refused], 'max node group size reached'],
    ['it was on its way, and comes no more', [triggered, refused], 'max node group size reached'],
    ['Karpenter has none that fits', [nominated, incompatible], 'incompatible with nodepool'],
    [
      'the newer events name their reporter otherwise',
      [{ ...incompatible, source: {}, reportingComponent: 'karpenter' }],
      'incompatible',
    ],
    ['its events cannot be read', [], '0/3 nodes are available'],
  ])('has the grace and says why: %s', (_which, events, why) => {
    const judged = judgeUnscheduled(trouble, events, graceMs)
    expect(judged).toMatchObject({ afterMs: graceMs, summary: expect.stringContaining(why) })
    expect(judged.awaits).toBeUndefined()
  })

  test('what is waited for is told once, and the grace begins when it comes no more', () => {
    let at = 0
    const told: string[] = []
    const clock = createTroubleClock(
      (line) => told.push(line),
      () => at,
    )
    const look = (events: ClusterEvent[]) => clock([judgeUnscheduled(trouble, events, graceMs)])
    expect(look([triggered])).toBeUndefined()
    at = 10 * graceMs
    expect(look([triggered])).toBeUndefined()
    expect(told).toEqual([
      'pod shop-1 waits for a node: TriggeredScaleUp: pod triggered scale-up: [{pool 3->4 (max: 5)}]',
    ])
    expect(look([triggered, refused])).toBeUndefined()
    at += graceMs
    expect(look([triggered, refused])).toMatchObject({ code: 'unschedulable' })
  })
})
