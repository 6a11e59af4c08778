import type { JobDetailView, StepState, StepView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewStepState } from '../../parts/badge.ts'
import { linkJob } from '../../parts/job.ts'
import { viewDuration } from '../../parts/time.ts'

interface Entry {
  name: string
  state: StepState | 'planned'
  step: StepView | undefined
}

/** What was done, is done and is to come, in this order. */
export function listEntries({ steps, planned }: Pick<JobDetailView, 'steps' | 'planned'>): Entry[] {
  const begun = [...steps].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt) || a.position - b.position)
  return [
    ...begun.map((step): Entry => ({ name: step.name, state: step.state, step })),
    ...planned.map((name): Entry => ({ name, state: 'planned', step: undefined })),
  ]
}

/** The steps of a job from the first to the last that is planned. */
export function viewTimeline(job: JobDetailView, nowMs: number): TemplateResult {
  const entries = listEntries(job)
  if (entries.length === 0) return html`<p class="dim">No step has begun yet.</p>`
  return html`<ol class="timeline">${entries.map((entry) => viewEntry(job, entry, nowMs))}</ol>`
}

function viewEntry(job: JobDetailView, { name, state, step }: Entry, nowMs: number): TemplateResult {
  return html`<li class=${state}>
    ${viewStepState(state)}
    <span class="step-name">${step ? html`<a href="${linkJob(job.id)}/log?step=${encodeURIComponent(name)}">${name}</a>` : name}</span>
    ${step && step.attempt > 1 ? html`<span class="dim">attempt ${step.attempt}</span>` : nothing}
    ${step ? viewDuration(step.startedAt, step.endedAt, nowMs) : nothing}
  </li>`
}
