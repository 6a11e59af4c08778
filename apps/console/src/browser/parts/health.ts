import type { EnvironmentView } from '@stevedore/contract'
import { html, type TemplateResult } from 'lit-html'
import { viewBadge, viewJobState } from './badge.ts'
import { linkJob } from './job.ts'

/** Whether fewer replicas are healthy than there should be, though no job is at work there. */
export function isIll({ replicas, activeJobId }: EnvironmentView): boolean {
  return replicas !== null && activeJobId === null && replicas.healthy < replicas.desired
}

/** How an environment does, as it was seen last; while a job is at work there, how that stands. */
export function viewHealth(view: EnvironmentView): TemplateResult {
  const { desired, replicas, activeJobId, waitingFor } = view
  if (activeJobId !== null) {
    const stand = viewJobState({ state: waitingFor ? 'waiting' : 'running', waitingFor })
    return html`<a href=${linkJob(activeJobId)}>${stand}</a>`
  }
  if (desired === null) return viewBadge('quiet', 'circle-dashed', 'runs nothing')
  if (replicas === null) return viewBadge('quiet', 'circle-help', 'not seen yet')
  const said = `${replicas.healthy} of ${replicas.desired} healthy`
  return isIll(view) ? viewBadge('bad', 'triangle-alert', said) : viewBadge('good', 'circle-check', said)
}
