import type { ScheduleView } from '@stevedore/contract'
import type { Job, ScheduleRecord } from '@stevedore/ledger'

export function viewSchedule({ name, declared, nextAt, lastJob, ...last }: ScheduleRecord): ScheduleView {
  return {
    name,
    ...declared,
    nextAt: nextAt?.toISOString() ?? null,
    last: viewLast(last),
    lastJob: lastJob && viewLastJob(lastJob),
  }
}

type Last = Pick<ScheduleRecord, 'lastDueAt' | 'lastOutcome' | 'lastReason'>

function viewLast({ lastDueAt, lastOutcome, lastReason }: Last): ScheduleView['last'] {
  if (!lastDueAt || !lastOutcome) return null
  return { dueAt: lastDueAt.toISOString(), outcome: lastOutcome, reason: lastReason }
}

function viewLastJob({ id, state, result, error, createdAt }: Job): ScheduleView['lastJob'] {
  const exitCode = result && 'exitCode' in result ? result.exitCode : null
  return { id, state, exitCode, code: error?.code ?? null, createdAt: createdAt.toISOString() }
}
