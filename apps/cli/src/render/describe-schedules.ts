import type { EnvironmentView, ScheduleView } from '@stevedore/contract'
import { formatTable } from './table.ts'
import { formatAge, formatTime } from './time.ts'

/** When commands are run by themselves, and what was made of the last times. */
export function describeSchedules({ schedules = [], desired }: EnvironmentView): string {
  if (schedules.length === 0) return ''
  const rows = schedules.map((schedule) => [
    schedule.name,
    `${schedule.at} ${schedule.timezone}`,
    desired ? formatTime(schedule.nextAt) : 'when something runs here',
    describeJob(schedule),
    describeLast(schedule),
  ])
  return formatTable(['SCHEDULE', 'AT', 'NEXT', 'LAST JOB', 'LAST TIME'], rows)
}

function describeLast({ last }: ScheduleView): string {
  if (!last) return '-'
  const reason = last.reason === null ? '' : `: ${last.reason}`
  return `${formatTime(last.dueAt)} ${last.outcome === 'idle' ? 'nothing recorded' : last.outcome}${reason}`
}

function describeJob({ lastJob }: ScheduleView): string {
  if (!lastJob) return '-'
  const { id, state, exitCode, code, createdAt } = lastJob
  const how = exitCode === null ? code : `exit status ${exitCode}`
  return `${state}${how === null ? '' : ` (${how})`} ${formatAge(createdAt)}, ${id}`
}
