import { expect, test } from 'vitest'
import type { ClusterEvent, Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { findUnbound } from './judge-unbound.ts'
import type { Trouble } from './pod-trouble.ts'

const claimed = { volumes: [{ name: 'volume-data', persistentVolumeClaim: { claimName: 'shop.production.data' } }] }
const pod = (spec: object = claimed) => ({ metadata: { name: 'shop-1' }, spec: { containers: [], ...spec } }) as Pod
const reading = (events: ClusterEvent[]) =>
  ({ nodeGraceMs: 60_000, list: async () => events }) as unknown as NamespaceReader
const trouble = (summary: string): Trouble => ({ code: 'unschedulable', pod: 'shop-1', summary, afterMs: 0 })

const unbound = trouble('0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims.')
const noClass = { type: 'Normal', reason: 'FailedBinding', message: 'no storage class is set' }
const failing = { type: 'Warning', reason: 'ProvisioningFailed', message: 'quota of disks exceeded' }

test('a pod that waits for storage says for which claim, and what is told of it', async () => {
  expect(await findUnbound(reading([noClass]), pod(), unbound)).toEqual({
    code: 'volume-unbound',
    pod: 'shop-1',
    summary: `${unbound.summary}; claim shop.production.data: FailedBinding: no storage class is set`,
    afterMs: 60_000,
  })
  expect(await findUnbound(reading([]), pod(), unbound)).toMatchObject({ summary: unbound.summary })
})

test('so does one that the scheduler says nothing of, while its storage cannot be made', async () => {
  expect(await findUnbound(reading([failing]), pod(), undefined)).toMatchObject({
    code: 'volume-unbound',
    summary: 'claim shop.production.data: ProvisioningFailed: quota of disks exceeded',
  })
  expect(await findUnbound(reading([noClass]), pod(), undefined)).toBeUndefined()
})

test('what waits for something else is left to others', async () => {
  const memory = trouble('0/1 nodes are available: 1 Insufficient memory.')
  expect(await findUnbound(reading([noClass]), pod(), memory)).toBeUndefined()
  expect(await findUnbound(reading([noClass]), pod({}), unbound)).toBeUndefined()
  expect(await findUnbound(reading([failing]), pod({ ...claimed, nodeName: 'one' }), undefined)).toBeUndefined()
})
