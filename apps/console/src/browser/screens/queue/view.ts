import type { JobView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewJobState } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { linkApp, linkEnvironment, nameActor, viewJobLink } from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { may, type State } from '../../state.ts'
import { explainWait } from '../job/wait.ts'
import { arrangeLines, findStuck, type KindLoad, type Line, weighKinds } from './arrange.ts'
import { openCancel } from './cancel.ts'
import type { Queue } from './load.ts'

export function viewQueue({ state, data }: Seen<Queue>): TemplateResult {
  const { jobs, isCut, workers } = data
  const loads = weighKinds(jobs, workers)
  const { lines, others } = arrangeLines(jobs)
  return html`
    ${viewPageHead({
      title: 'Queue',
      about: tellDepth(jobs),
      acts: state.me?.server
        ? html`<a class="button" href="/queues" target="_blank">${icon('external-link')}Bull Board</a>`
        : nothing,
    })}
    ${viewStuck(loads, workers)}
    ${isCut ? html`<p class="verdict wait">${icon('triangle-alert')}<span>There are more than ${jobs.length} jobs: the oldest are not shown.</span></p>` : nothing}
    <section aria-labelledby="kinds">
      <h2 id="kinds">By kind</h2>
      ${viewKinds(loads, state.nowMs)}
    </section>
    <section class="stack" aria-labelledby="lines">
      <h2 id="lines">Lines of the environments</h2>
      ${lines.length === 0 ? viewEmpty('No environment has a job that is queued, runs or waits.', 'stevedore deploy APP ENVIRONMENT') : lines.map((line) => viewLine(line, state))}
    </section>
    ${
      others.length > 0
        ? html`<section aria-labelledby="others">
            <h2 id="others">In no line</h2>
            ${viewJobs({ caption: 'Builds, pushes and dry runs', jobs: others, state })}
          </section>`
        : nothing
    }`
}

function tellDepth(jobs: readonly JobView[]): string {
  const count = (state: JobView['state']) => jobs.filter((job) => job.state === state).length
  return `${count('running')} running, ${count('queued')} ready for a worker, ${count('waiting')} waiting.`
}

function viewStuck(loads: KindLoad[], workers: Queue['workers']): TemplateResult | typeof nothing {
  const kinds = findStuck(loads).map(({ kind }) => kind)
  if (kinds.length === 0) return nothing
  const lastMs = Math.max(...(workers ?? []).filter(({ live }) => !live).map(({ seenAt }) => Date.parse(seenAt)))
  const last = Number.isFinite(lastMs)
    ? html` The last worker was seen ${viewAge(new Date(lastMs).toISOString(), Date.now())}.`
    : nothing
  return html`<p class="verdict bad">${icon('triangle-alert')}<span>
    No worker takes ${kinds.join(', ')}: such jobs wait until one does.${last} Start one: <code>stevedore worker</code>
  </span></p>`
}

function viewKinds(loads: KindLoad[], nowMs: number): TemplateResult {
  return viewTable<KindLoad>({
    caption: 'What is queued and runs, by kind',
    rows: loads,
    columns: [
      { word: 'Kind', kind: 'name', cell: ({ kind }) => kind },
      { word: 'Running', kind: 'number', cell: ({ running }) => running },
      { word: 'Ready', kind: 'number', cell: ({ queued }) => queued },
      { word: 'Waiting', kind: 'number', cell: ({ waiting }) => waiting },
      { word: 'Oldest ready', cell: ({ oldestAt }) => viewAge(oldestAt, nowMs) },
      { word: 'Taken by', cell: viewTakers },
    ],
  })
}

function viewTakers({ takers }: KindLoad): TemplateResult | typeof nothing {
  if (takers === null) return nothing
  if (takers.length === 0) return html`<span class="dim">no worker</span>`
  return html`<ul class="plain">
    ${takers.map(
      ({ id, running, concurrency }) =>
        html`<li><code>${id}</code> <span class="dim">${running} in hand${concurrency === null ? '' : `, ${concurrency} of each kind at a time`}</span></li>`,
    )}
  </ul>`
}

function viewLine({ app, environment, jobs }: Line, state: State): TemplateResult {
  const name = `line-${app}-${environment}`
  return html`<section aria-labelledby=${name}>
    <h3 id=${name}><a href=${linkApp(app)}>${app}</a> <a href=${linkEnvironment(app, environment ?? '')}>${environment}</a></h3>
    ${viewJobs({ caption: `The line of ${app} ${environment}`, jobs, state, hasPlaces: true })}
  </section>`
}

interface Jobs {
  caption: string
  jobs: JobView[]
  state: State
  hasPlaces?: boolean
}

function viewJobs({ caption, jobs, state, hasPlaces = false }: Jobs): TemplateResult {
  const { nowMs } = state
  const mayCancel = may(state, 'deploy')
  return viewTable<JobView>({
    caption,
    rows: jobs,
    key: ({ id }) => id,
    columns: [
      ...(hasPlaces ? [{ word: 'Place', cell: (job: JobView) => namePlace(job) }] : []),
      { word: 'Job', kind: 'name', cell: viewJobLink },
      { word: 'State', cell: viewJobState },
      { word: 'Why', cell: (job) => explainWait(job, nowMs) ?? nothing },
      { word: 'Asked by', cell: ({ requestedBy }) => nameActor(requestedBy) },
      { word: 'Asked', cell: ({ createdAt }) => viewAge(createdAt, nowMs) },
      ...(mayCancel ? [{ word: 'Acts', kind: 'row-acts' as const, cell: viewCancel }] : []),
    ],
  })
}

/** Who has the environment, and who comes when. */
function namePlace({ state, place, waitingFor }: JobView): string {
  if (waitingFor === 'approval') return 'none yet'
  if (state === 'running' || place === null || place === 0) return 'has it'
  return place === 1 ? 'next' : `${place + 1}th`
}

function viewCancel(job: JobView): TemplateResult {
  return html`<button class="quiet" aria-label=${`Cancel the ${job.kind} of ${job.app}`} @click=${() => openCancel(job)}>${icon('ban')}Cancel</button>`
}
