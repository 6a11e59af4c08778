import type { EnvironmentView, ScheduleView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewJobState } from '../../parts/badge.ts'
import { cutCommand, linkJob } from '../../parts/job.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'

/** What is run here by itself, and how it went. */
export function viewSchedules({ schedules = [], desired }: EnvironmentView, nowMs: number) {
  if (schedules.length === 0) return nothing
  return html`<section aria-labelledby="schedules">
    <h2 id="schedules">Schedules</h2>
    ${viewTable<ScheduleView>({
      caption: 'Commands that are run at times of their own',
      rows: schedules,
      columns: [
        { word: 'Schedule', kind: 'name', cell: ({ name }) => name },
        { word: 'At', cell: ({ at, timezone }) => html`<code>${at}</code> ${timezone}` },
        { word: 'Command', cell: ({ command }) => html`<code>${cutCommand(command)}</code>` },
        { word: 'Next', cell: ({ nextAt }) => (desired ? viewAge(nextAt, nowMs) : 'when something runs here') },
        { word: 'Last job', cell: ({ lastJob }) => (lastJob ? viewLastJob(lastJob, nowMs) : nothing) },
        {
          word: 'Last time',
          cell: ({ last }) => (last ? html`${viewAge(last.dueAt, nowMs)}: ${describeLast(last)}` : nothing),
        },
      ],
    })}
  </section>`
}

function viewLastJob({ id, state, createdAt }: NonNullable<ScheduleView['lastJob']>, nowMs: number): TemplateResult {
  return html`${viewJobState({ state, waitingFor: null })} <a href=${linkJob(id)}>${viewAge(createdAt, nowMs)}</a>`
}

export function describeLast({ outcome, reason }: NonNullable<ScheduleView['last']>): string {
  const what = outcome === 'idle' ? 'nothing recorded' : outcome
  return reason === null ? what : `${what}, ${reason}`
}
