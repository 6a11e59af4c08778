import type { Schedule } from '@stevedore/contract'
import { findNextTime, listTimes, type Timing } from './times.ts'

/** A time that is further back is not made up for. */
const makeUpMs = 3_600_000
/** Of times that were missed so many are counted, and no more. */
const mostCounted = 1_000

/** What is to be done about a schedule of which a time has come. */
export interface Due {
  /** The one that is recorded: the last that has come, if it is not too long ago. */
  time: Date | null
  /** Those before it, of which nothing is made. */
  missed: { count: number; from: Date } | null
  next: Date | null
}

/** @param dueAt a time that has come, and of which nothing was made yet */
export function judgeDue(timing: Timing, { dueAt, now }: { dueAt: Date; now: Date }): Due {
  const oldest = new Date(now.getTime() - makeUpMs)
  const recent = [...(dueAt >= oldest ? [dueAt] : []), ...listTimes(timing, latest(dueAt, oldest), now, mostCounted)]
  const time = recent.at(-1) ?? null
  const until = new Date((time ?? now).getTime() - (time ? 1 : 0))
  const later = dueAt > until ? 0 : [...listTimes(timing, dueAt, until, mostCounted - 1)].length + 1
  return { time, missed: later === 0 ? null : { count: later, from: dueAt }, next: findNextTime(timing, now) }
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other
}

/** A job that is not over. */
interface Unfinished {
  id: string
  begun: boolean
}

/**
 * Why nothing is recorded, in a sentence; undefined where something is. Where jobs may overlap, one that has not begun is enough: what no
 * worker takes does not pile up.
 */
export function findOverlap({ overlap }: Pick<Schedule, 'overlap'>, jobs: readonly Unfinished[]): string | undefined {
  const waiting = jobs.find(({ begun }) => !begun)
  if (waiting) return `job ${waiting.id} of before has not begun`
  const [running] = overlap === 'skip' ? jobs : []
  return running && `job ${running.id} of before is not over`
}
