import type { RepositoryEvent } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewJobState } from '../../parts/badge.ts'
import { viewFacts } from '../../parts/facts.ts'
import { icon } from '../../parts/icon.ts'
import { linkApp, linkEnvironment, linkJob, nameActor, nameJob, viewJobLink } from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewFailure } from '../../parts/problem.ts'
import { viewDigest } from '../../parts/revision.ts'
import { viewAge, viewDuration } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { viewActs } from './acts.ts'
import { viewChanges } from './changes.ts'
import { listPoints, listShifts, viewPoints, viewShifts } from './charts.ts'
import { viewDeployIt } from './deploy-it.ts'
import { describeEvent } from './describe-event.ts'
import type { JobData } from './load.ts'
import { viewScans } from './scans.ts'
import { viewTimeline } from './timeline.ts'
import { explainWait } from './wait.ts'

export function viewJob({ state, data }: Seen<JobData>): TemplateResult {
  const { job, events } = data
  const { nowMs } = state
  const endMs = job.finishedAt ? Date.parse(job.finishedAt) : nowMs
  return html`
    ${viewPageHead({
      title: nameJob(job),
      trail: [
        [job.app, linkApp(job.app)],
        ...(job.environment ? [[job.environment, linkEnvironment(job.app, job.environment)] as [string, string]] : []),
      ],
      about: html`${viewJobState(job)} <span class="dim">${viewDuration(job.startedAt, job.finishedAt, nowMs)}</span>`,
      acts: html`<a class="button" href="${linkJob(job.id)}/log">${icon('scroll-text')}Log</a>${viewDeployIt(state, job)}${viewActs(state, job)}`,
    })}
    <div role="status">${viewWait(data, nowMs)}</div>
    ${job.error ? viewFailure(job.error, job.state === 'failed' ? 'It failed' : 'The last try failed') : nothing}
    <div class="columns">
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        ${viewProgress(data)}
        ${viewTimeline(job, nowMs)}
      </section>
      <section class="stack" aria-labelledby="facts">
        <h2 id="facts">What it is</h2>
        ${viewAbout(data, nowMs)}
        ${viewShifts(listShifts(events), endMs)}
        ${viewPoints(listPoints(events))}
      </section>
    </div>
    ${viewScans(data.scans, job, nowMs)}
    ${viewChanges(job.result)}
    ${viewEvents(data, nowMs)}`
}

function viewWait({ job }: JobData, nowMs: number): TemplateResult | typeof nothing {
  const sentence = explainWait(job, nowMs)
  return sentence ? html`<p class="verdict wait">${icon('hourglass')}<span>${sentence}</span></p>` : nothing
}

function viewProgress({ job }: JobData): TemplateResult | typeof nothing {
  if (job.state !== 'running' || job.progress === 0) return nothing
  return html`<label class="progress"><span class="number">${job.progress} %</span>
    <progress max="100" value=${job.progress}>${job.progress} %</progress></label>`
}

function viewAbout({ job, parent, followers }: JobData, nowMs: number): TemplateResult {
  const { request } = job
  return viewFacts([
    ['Asked by', html`${nameActor(job.requestedBy)}, ${viewAge(job.createdAt, nowMs)}`],
    ['Caused by', request.trigger ? nameCause(request.trigger) : nothing],
    ['Version', 'version' in request && request.version ? html`<code>${request.version}</code>` : nothing],
    ['Target', job.targets.join(', ')],
    ['Image', job.image ? viewDigest(job.image) : nothing],
    ['Spec', `version ${job.specVersion}`],
    ['Attempt', job.attempt > 1 ? `${job.attempt}, ${job.failures} of ${job.maxFailures} failures` : nothing],
    ['Place in line', job.place === null ? nothing : job.place === 0 ? 'the next' : `${job.place} before it`],
    ['Follows', parent ? viewJobLink(parent) : nothing],
    [
      'Followed by',
      followers.length > 0
        ? html`${followers.map((one) => html`<div>${viewJobLink(one)} ${viewJobState(one)}</div>`)}`
        : nothing,
    ],
    ['Job', html`<code>${job.id}</code>`],
  ])
}

/** What the repository told of, that led to it. */
function nameCause(event: RepositoryEvent): string {
  if (event.on === 'push') return `a push to ${event.branch}`
  return event.on === 'tag' ? `the tag ${event.tag}` : `pull request ${event.number}`
}

function viewEvents({ events }: JobData, nowMs: number): TemplateResult {
  const told = events.flatMap((event) => {
    const sentence = describeEvent(event)
    return sentence === undefined ? [] : [{ at: event.at, sentence }]
  })
  return html`<details class="card">
    <summary><h2>What happened</h2> <span class="dim">${told.length} events</span></summary>
    <ol class="events">${told.map(({ at, sentence }) => html`<li>${viewAge(at, nowMs)}<span>${sentence}</span></li>`)}</ol>
  </details>`
}
