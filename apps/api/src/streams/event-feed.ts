import { setTimeout as sleep } from 'node:timers/promises'
import {
  advanceFeed,
  type FeedEvent,
  type FeedState,
  findFeedEnd,
  isWriting,
  type Ledger,
  listEventWriters,
  readFeed,
} from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'
import { createWaiter, type Notifications, openNotifications } from './notifications.ts'
import type { OpenStreams } from './open-streams.ts'
import { readPatiently } from './patient-read.ts'

const pageSize = 200
/** Whoever is no further behind than this reads nothing of the ledger. */
const keptEvents = 2_000
/** However many events come, they are read so often at most; they are told of together with what jobs print. */
const pauseMs = 30
/** A transaction that may yet write an event below those seen is over in no time: mostly it commits in the same moment. */
const doubtMs = 30
const idleMs = 10_000

/** The events of all jobs, read once for all who follow them in this process, while somebody does. */
export interface EventFeed {
  /** Takes part, until `leave`. */
  enter(): Follower
}

export interface Follower {
  /** How far all events are known: with all that were recorded when it was asked. Rejects where they cannot be read. */
  begin(signal: AbortSignal): Promise<number>
  /** A part of what comes after a position, and how far all is known with it: at least to there. */
  read(after: number, signal: AbortSignal): Promise<{ events: readonly FeedEvent[]; upTo: number }>
  /** As of notifications, that there may be more. */
  wait: Notifications['wait']
  leave(): void
}

/** The one reading, with the last that it brought. */
interface Reading {
  state: FeedState | undefined
  /** All after `from` up to what is known. */
  kept: FeedEvent[]
  from: number
  failure: unknown
  followers: Set<() => void>
  ended: AbortController
}

interface FeedOptions {
  ledger: Ledger
  streams: Pick<OpenStreams, 'read'>
  logger: Logger
}

export function createEventFeed(options: FeedOptions): EventFeed {
  let current: Reading | undefined

  function begin(): Reading {
    const reading: Reading = {
      ...{ state: undefined, kept: [], from: 0, failure: undefined },
      ...{ followers: new Set(), ended: new AbortController() },
    }
    keepReading(options, reading).catch((err) => {
      options.logger.error({ err }, 'the events of all jobs cannot be read')
      reading.failure = err
      if (current === reading) current = undefined
      tell(reading)
    })
    return reading
  }

  return {
    enter() {
      current ??= begin()
      const reading = current
      const { wait, tell: callback } = createWaiter()
      reading.followers.add(callback)
      return {
        wait,
        begin: (signal) => untilKnown(options, reading, wait, signal),
        read: (after, signal) => readPart(options, reading, after, signal),
        leave() {
          reading.followers.delete(callback)
          if (reading.followers.size > 0) return
          reading.ended.abort()
          if (current === reading) current = undefined
        },
      }
    },
  }
}

function tell({ followers }: Reading): void {
  for (const callback of followers) callback()
}

/** Whatever could be seen when this began is known then. */
async function untilKnown(
  { ledger, streams }: FeedOptions,
  reading: Reading,
  wait: Notifications['wait'],
  signal: AbortSignal,
): Promise<number> {
  const end = (await readPatiently(streams, () => findFeedEnd(ledger), signal)) ?? 0
  for (;;) {
    if (reading.failure !== undefined) throw reading.failure
    const known = reading.state?.known
    if (signal.aborted || (known !== undefined && known >= end)) return known ?? 0
    await wait(idleMs, signal)
  }
}

async function readPart({ ledger, streams }: FeedOptions, reading: Reading, after: number, signal: AbortSignal) {
  if (reading.failure !== undefined) throw reading.failure
  const upTo = reading.state?.known ?? 0
  if (after >= reading.from) {
    const first = reading.kept.findIndex(({ position }) => position > after)
    return { events: first === -1 ? [] : reading.kept.slice(first), upTo: Math.max(after, upTo) }
  }
  const page = () => readFeed(ledger, { after, upTo, limit: pageSize })
  const events = await readPatiently(streams, page, signal)
  if (!events) return { events: [], upTo: after }
  return { events, upTo: events.length < pageSize ? upTo : (events.at(-1)?.position ?? upTo) }
}

async function keepReading({ ledger, streams }: FeedOptions, reading: Reading): Promise<void> {
  const { signal } = reading.ended
  const read = <T>(work: () => Promise<T>) => readPatiently(streams, work, signal)
  const notifications = await openNotifications(ledger, 'stevedore_job')
  try {
    const end = (await read(() => findFeedEnd(ledger))) ?? 0
    // What these write below the end belongs to what was before.
    const writers = (await read(() => listEventWriters(ledger))) ?? []
    while (await read(() => isWriting(ledger, writers))) await rest(doubtMs, signal)
    let state: FeedState = { known: end }
    Object.assign(reading, { state, from: end })
    tell(reading)
    while (!signal.aborted) {
      const next = await read(() => advanceFeed(ledger, state, pageSize))
      if (!next) return
      state = next.state
      keep(reading, next)
      if (next.events.length === pageSize) continue
      if (!state.doubt) await notifications.wait(idleMs, signal)
      await rest(state.doubt ? doubtMs : pauseMs, signal)
    }
  } finally {
    notifications.close()
  }
}

function keep(reading: Reading, { events, state }: { events: readonly FeedEvent[]; state: FeedState }): void {
  reading.state = state
  if (events.length === 0) return
  reading.kept.push(...events)
  const dropped = reading.kept.splice(0, Math.max(0, reading.kept.length - keptEvents))
  reading.from = dropped.at(-1)?.position ?? reading.from
  tell(reading)
}

/** The end of the reading cuts it short. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
