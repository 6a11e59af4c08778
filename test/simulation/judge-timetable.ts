import type { AuditEntry } from '@stevedore/contract'
import { type Job, type Ledger, listAudit } from '@stevedore/ledger'
import type { Timetable } from './timetable.ts'

const minuteMs = 60_000
/** Within which each time is looked at, whoever was killed or stopped. */
const lookedAtMs = 45_000

export const isScheduled = ({ requestedBy }: Job) => requestedBy.startsWith('schedule:')

/** Of each time one thing was made, and its jobs overlap as it says. */
export async function judgeTimetable(own: Ledger, jobs: readonly Job[], timetable: Timetable): Promise<string[]> {
  const made = jobs.filter(isScheduled).toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt))
  const audit = await listAudit(own, { limit: 100_000 })
  const told = made.length + countTold(audit)
  const { stood, mayStand } = timetable
  const least = countMinutes(stood.fromMs, stood.untilMs - lookedAtMs)
  const most = countMinutes(mayStand.fromMs, mayStand.untilMs)
  const broken = told < least || told > most ? [`of ${least} to ${most} times of the schedule ${told} are kept`] : []
  return [...broken, ...made.flatMap((job, index) => judgeOverlap(job, made.slice(0, index), timetable))]
}

/** Those of which no job was made, and it was said why not. */
function countTold(audit: readonly AuditEntry[]): number {
  return audit
    .map(({ action, detail }) => {
      if (action === 'schedule.missed') return Number(detail.count)
      return action === 'schedule.skipped' ? 1 : 0
    })
    .reduce((sum: number, count) => sum + count, 0)
}

const countMinutes = (fromMs: number, untilMs: number) =>
  Math.max(0, Math.floor(untilMs / minuteMs) - Math.floor(fromMs / minuteMs))

function judgeOverlap({ id, createdAt }: Job, before: readonly Job[], { overlap }: Timetable): string[] {
  const since = (at: Date | null) => at !== null && at <= createdAt
  const standing = before.filter(
    ({ finishedAt, startedAt }) => !since(finishedAt) && (overlap === 'skip' || !since(startedAt)),
  )
  return standing.map(
    (one) => `the schedule’s job ${id} was made before ${one.id} ${overlap === 'skip' ? 'was over' : 'had begun'}`,
  )
}
