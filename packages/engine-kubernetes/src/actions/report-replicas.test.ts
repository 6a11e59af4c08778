import type { EventType } from '@stevedore/contract'
import { expect, test } from 'vitest'
import type { Pod } from '../client/kinds.ts'
import { exampleDeployment, examplePod, exampleReplicaSet, exampleTemplate } from '../state/example-workload.ts'
import type { Workload } from '../state/workload.ts'
import { createReplicaReporter } from './report-replicas.ts'

function workload(pods: Pod[]): Workload {
  const template = exampleTemplate()
  const replicaSets = [exampleReplicaSet('set', template)]
  return { slot: 'main', revision: 2, deployment: exampleDeployment(template), replicaSets, pods }
}

function pod(name: string, { running = true, ready = true } = {}): Pod {
  const { metadata, spec, status } = examplePod(name, 'set', { 'stevedore.io/revision': '2' }, ready)
  const state = running ? { running: {} } : { waiting: {} }
  const container = { name: 'web', image: '', imageID: '', ready, restartCount: 0, state }
  return { metadata, spec: { ...spec, nodeName: 'node-1' }, status: { ...status, containerStatuses: [container] } }
}

function openReporter() {
  const told: [EventType, Record<string, unknown>][] = []
  const reporter = createReplicaReporter({ event: (type, data) => void told.push([type, data]), progress: () => {} })
  return { ...reporter, told }
}

test('each pod that has gone is told by its name, and none that stays', () => {
  const { reportStopped, told } = openReporter()
  reportStopped([workload([pod('a'), pod('b'), pod('c')])])
  expect(told).toEqual([])
  reportStopped([workload([pod('b')])])
  reportStopped([workload([pod('b')])])
  expect(told).toEqual([
    ['replica.stopped', { replica: 'a', revision: 2, host: 'node-1' }],
    ['replica.stopped', { replica: 'c', revision: 2, host: 'node-1' }],
  ])
  reportStopped([])
  expect(told.at(-1)).toEqual(['replica.stopped', { replica: 'b', revision: 2, host: 'node-1' }])
})

test('a pod is told once that it runs and once that it is healthy', () => {
  const { reportReady, told } = openReporter()
  reportReady(workload([pod('a', { running: false, ready: false })]))
  expect(told).toEqual([])
  reportReady(workload([pod('a', { ready: false })]))
  reportReady(workload([pod('a')]))
  reportReady(workload([pod('a')]))
  const facts = { replica: 'a', revision: 2, host: 'node-1' }
  expect(told).toEqual([
    ['replica.started', facts],
    ['replica.healthy', facts],
  ])
})
