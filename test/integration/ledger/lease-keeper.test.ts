import { getJob, type HeldLease, type LeaseKeeper, openLeaseKeeper } from '@stevedore/ledger'
import { waitUntil } from '@stevedore/testkit'
import { afterEach, expect, test } from 'vitest'
import { declareApp, newBuild, openFixture, startJob } from './fixture.ts'

const { ledger } = await openFixture()
const leaseMs = 1_500
let keeper: LeaseKeeper | undefined
afterEach(() => keeper?.close())

/** Nothing of this process but other threads runs meanwhile. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

async function holdNew(options: { stallMs?: number } = {}): Promise<{ held: HeldLease; told: string[]; id: string }> {
  keeper = await openLeaseKeeper(ledger, options)
  const { app } = await declareApp(ledger)
  const { job, message } = await startJob(ledger, newBuild(app), leaseMs)
  const told: string[] = []
  const held = keeper.hold({ ...message, workerId: 'w1', leaseMs }, 0, {
    onRenewed: () => void told.push('renewed'),
    onLost: () => void told.push('lost'),
  })
  return { held, told, id: job.id }
}

test('a lease is renewed while nothing else of the process runs, and this is known at once', async () => {
  const { held, told, id } = await holdNew()
  const before = await getJob(ledger, id)
  block(2 * leaseMs)
  expect(held.leftMs()).toBeGreaterThan(0)
  expect(told).toEqual([])
  expect(Number((await getJob(ledger, id))?.leaseUntil)).toBeGreaterThan(Number(before?.leaseUntil) + leaseMs)
  held.release()
})

test('one that gives no sign of life for too long loses it', async () => {
  const { held, told } = await holdNew({ stallMs: 300 })
  block(2 * leaseMs)
  expect(held.leftMs()).toBeLessThan(0)
  await waitUntil('the loss to be told', () => told.includes('lost'))
})

test('what is released is not renewed again', async () => {
  const { held, told } = await holdNew()
  held.renew()
  await waitUntil('a renewal', () => told.includes('renewed'))
  held.release()
  const heard = told.length
  block(2 * leaseMs)
  expect(held.leftMs()).toBeLessThan(0)
  expect(told).toHaveLength(heard)
})
