import { parentPort, workerData } from 'node:worker_threads'
import { connectionConfig, openPool } from '../foundation/connection.ts'
import { endOfLease, nowNs, openMoment, type SharedMoment } from './lease-clock.ts'
import { type LeaseHolder, renewLease } from './renew-lease.ts'

/** Runs in a thread of its own, see lease-keeper.ts. It loads the driver and nothing else. */

export interface LeaseThreadData {
  url: string
  /** Until when the main thread counts as alive without another sign. */
  aliveUntil: SharedArrayBuffer
}

export type LeaseOrder =
  | { type: 'hold'; id: number; holder: LeaseHolder; heldUntil: SharedArrayBuffer }
  | { type: 'renew'; id: number }
  | { type: 'release'; id: number }
  | { type: 'close' }

export type LeaseNews =
  | { type: 'ready' }
  | { type: 'renewed'; id: number; control: unknown }
  /** The attempt is no longer this worker's. */
  | { type: 'lost'; id: number }

interface Held {
  holder: LeaseHolder
  heldUntil: SharedMoment
  beat: NodeJS.Timeout
  /** A renewal is on its way: one that waits for its row holds up no other. */
  isAsking: boolean
}

const { url, aliveUntil } = workerData as LeaseThreadData
const alive = openMoment(aliveUntil)
const pool = openPool({ ...connectionConfig(url, 3_000), application_name: 'stevedore-leases', max: 4 }, () => {})
const leases = new Map<number, Held>()
const tell = (news: LeaseNews) => parentPort?.postMessage(news)

async function renew(id: number): Promise<void> {
  const held = leases.get(id)
  // A process that has stood still for so long is not at work: its lease runs out, and another takes the job.
  if (!held || held.isAsking || alive.leftMs() < 0) return
  // The worker has given up by then: what it does not heed is for another.
  if (held.heldUntil.leftMs() <= 0) {
    release(id)
    return tell({ type: 'lost', id })
  }
  held.isAsking = true
  const askedAt = nowNs()
  const renewed = await renewLease({ pool }, held.holder).catch(
    // Whatever keeps the answer away, the clock decides: another beat comes, or the lease is over.
    () => 'unknown' as const,
  )
  held.isAsking = false
  if (renewed === 'unknown' || !leases.has(id)) return
  if (!renewed) return tell({ type: 'lost', id })
  // The lease began at the latest when it was asked for, not when the answer came.
  held.heldUntil.set(endOfLease(held.holder.leaseMs, askedAt))
  tell({ type: 'renewed', id, control: renewed.control })
}

function release(id: number): void {
  clearInterval(leases.get(id)?.beat)
  leases.delete(id)
}

parentPort?.on('message', (order: LeaseOrder) => {
  switch (order.type) {
    case 'hold': {
      const { id, holder, heldUntil } = order
      const beat = setInterval(() => void renew(id), holder.leaseMs / 3)
      return void leases.set(id, { holder, heldUntil: openMoment(heldUntil), beat, isAsking: false })
    }
    case 'renew':
      return void renew(order.id)
    case 'release':
      return release(order.id)
    case 'close':
      for (const id of [...leases.keys()]) release(id)
      parentPort?.close()
      // Of the thread alone. What was loaded into every thread of the process may else keep this one for ever.
      return void pool.end().finally(() => process.exit())
  }
})
tell({ type: 'ready' })
