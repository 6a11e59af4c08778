import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type JobControl, jobControl } from '@stevedore/contract'
import type { Ledger } from '../foundation/ledger.ts'
import { afterMs, allocateMoment, endOfLease, nowNs, openMoment } from './lease-clock.ts'
import type { LeaseNews, LeaseOrder, LeaseThreadData } from './lease-thread.ts'
import type { LeaseHolder } from './renew-lease.ts'

/**
 * Renews leases in a thread of its own, with a connection of its own: work that blocks the process for longer than a lease (a large
 * module that is loaded, a synchronous call) does not lose it. A process that is stopped loses it with all its threads.
 */
export interface LeaseKeeper {
  /** Renews a lease three times within its length, until it is released. @param sinceMs how long ago it was claimed */
  hold(holder: LeaseHolder, sinceMs: number, listener: LeaseListener): HeldLease
  close(): Promise<void>
}

interface LeaseListener {
  /** With what people have asked of the job. */
  onRenewed(control: JobControl): void
  /** The attempt is another's, or nobody's, by the ledger. */
  onLost(): void
}

export interface HeldLease {
  /** How long the worker may still act under it; negative once it is over. True at any moment, whatever this thread has missed. */
  leftMs(): number
  /** Renews now: someone may have asked for something. */
  renew(): void
  release(): void
}

export interface LeaseKeeperOptions {
  /**
   * For how long a process may give no sign of life and keep its leases; then they run out, and others take the jobs. 5 minutes by
   * default.
   */
  stallMs?: number
  /** Hears that the thread broke; another takes over. */
  onError?(error: Error): void
}

interface Holding {
  order: Extract<LeaseOrder, { type: 'hold' }>
  listener: LeaseListener
}

interface State extends Required<LeaseKeeperOptions> {
  data: LeaseThreadData
  holdings: Map<number, Holding>
  thread: Worker
  /** Resolves once the thread is no more. */
  ended: Promise<void>
  isClosing: boolean
}

const restartAfterMs = 500

/** Resolves once the thread is at work. */
export async function openLeaseKeeper(
  { url }: Pick<Ledger, 'url'>,
  { stallMs = 5 * 60_000, onError = () => {} }: LeaseKeeperOptions = {},
): Promise<LeaseKeeper> {
  const aliveUntil = allocateMoment()
  const alive = openMoment(aliveUntil)
  const giveSign = () => alive.set(afterMs(stallMs))
  giveSign()
  const signs = setInterval(giveSign, Math.min(1_000, stallMs / 3)).unref()
  const data = { url, aliveUntil }
  const first = { thread: startThread(data), ended: Promise.resolve() }
  const state: State = { stallMs, onError, data, holdings: new Map(), ...first, isClosing: false }
  follow(state)
  await once(state.thread, 'message').catch((error: unknown) => {
    state.isClosing = true
    throw error
  })
  let lastId = 0
  return {
    hold(holder, sinceMs, listener) {
      lastId += 1
      return hold(state, lastId, { holder, sinceMs, listener })
    },
    async close() {
      state.isClosing = true
      clearInterval(signs)
      send(state, { type: 'close' })
      await state.ended
    },
  }
}

function startThread(workerData: LeaseThreadData): Worker {
  const thread = new Worker(new URL('./lease-thread.ts', import.meta.url), { workerData, name: 'leases' })
  thread.unref()
  return thread
}

function hold(
  state: State,
  id: number,
  { holder, sinceMs, listener }: { holder: LeaseHolder; sinceMs: number; listener: LeaseListener },
): HeldLease {
  const heldUntil = allocateMoment()
  const moment = openMoment(heldUntil)
  moment.set(endOfLease(holder.leaseMs, nowNs() - afterMs(sinceMs, 0n)))
  const order = { type: 'hold', id, holder, heldUntil } as const
  state.holdings.set(id, { order, listener })
  send(state, order)
  return {
    leftMs: moment.leftMs,
    renew: () => send(state, { type: 'renew', id }),
    release() {
      state.holdings.delete(id)
      send(state, { type: 'release', id })
    },
  }
}

function send({ thread }: State, order: LeaseOrder): void {
  thread.postMessage(order)
}

function follow(state: State): void {
  const { thread } = state
  thread.on('message', (news: LeaseNews) => hear(state, news))
  thread.on('error', (error) => state.onError(error as Error))
  state.ended = new Promise((resolve) => {
    thread.on('exit', () => {
      resolve()
      if (!state.isClosing) void restart(state)
    })
  })
}

function hear({ holdings }: State, news: LeaseNews): void {
  if (news.type === 'ready') return
  const listener = holdings.get(news.id)?.listener
  if (news.type === 'lost') listener?.onLost()
  else listener?.onRenewed(jobControl.parse(news.control))
}

/** What was held is held on; what could not be renewed meanwhile has run out. */
async function restart(state: State): Promise<void> {
  await pause(restartAfterMs)
  if (state.isClosing) return
  state.thread = startThread(state.data)
  follow(state)
  for (const { order } of state.holdings.values()) send(state, order)
}
