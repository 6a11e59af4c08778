import type { JobState, RevisionState, StepState, WaitReason } from '@stevedore/contract'
import { html, type TemplateResult } from 'lit-html'
import { icon } from './icon.ts'
import type { IconName } from './icon-names.ts'

export type Tone = 'good' | 'bad' | 'busy' | 'wait' | 'quiet'

/** A state by its drawing, its word and its colour, so that none of them is needed alone. */
export function viewBadge(tone: Tone, drawing: IconName, word: string): TemplateResult {
  return html`<span class="badge ${tone}">${icon(drawing)}<span>${word}</span></span>`
}

const jobLooks: Record<JobState, [Tone, IconName]> = {
  queued: ['quiet', 'clock'],
  running: ['busy', 'loader-circle'],
  waiting: ['wait', 'hourglass'],
  succeeded: ['good', 'circle-check'],
  failed: ['bad', 'circle-x'],
  cancelled: ['quiet', 'ban'],
  superseded: ['quiet', 'fast-forward'],
}

const waits: Partial<Record<string, string>> = {
  approval: 'waits for approval',
  environment: 'waits in line',
  pause: 'paused',
  promotion: 'waits to be promoted',
  retry: 'waits to try again',
  engine: 'waits for the engine',
  registry: 'waits for the registry',
  source: 'waits for the source',
  restored: 'waits for your word',
  worker: 'waits for a worker',
} satisfies Partial<Record<WaitReason, string>>

export function nameWait(reason: string): string {
  return waits[reason] ?? `waits for ${reason}`
}

/** Where a job stands; of one that waits, what for. */
export function viewJobState({ state, waitingFor }: { state: JobState; waitingFor: string | null }): TemplateResult {
  const [tone, drawing] = jobLooks[state]
  if (waitingFor === 'pause' || waitingFor === 'promotion')
    return viewBadge('wait', 'circle-pause', nameWait(waitingFor))
  return viewBadge(tone, drawing, waitingFor ? nameWait(waitingFor) : state)
}

const stepLooks: Record<StepState | 'planned', [Tone, IconName]> = {
  planned: ['quiet', 'circle-dashed'],
  running: ['busy', 'loader-circle'],
  succeeded: ['good', 'circle-check'],
  failed: ['bad', 'circle-x'],
  cancelled: ['quiet', 'ban'],
}

export function viewStepState(state: StepState | 'planned'): TemplateResult {
  return viewBadge(...stepLooks[state], state)
}

const revisionLooks: Record<RevisionState, [Tone, IconName]> = {
  pending: ['busy', 'circle-dot'],
  active: ['good', 'circle-check'],
  retired: ['quiet', 'circle-dashed'],
  failed: ['bad', 'circle-x'],
}

export function viewRevisionState(state: RevisionState): TemplateResult {
  return viewBadge(...revisionLooks[state], state)
}
