import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { viewEmpty } from '../../parts/empty.ts'
import { viewFacts } from '../../parts/facts.ts'
import { icon } from '../../parts/icon.ts'
import {
  linkEnvironment,
  linkJob,
  nameActor,
  nameJob,
  nameReplica,
  writeCommand,
  writeCounts,
} from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { may, type State } from '../../state.ts'
import { openApprove, openDryRun, openReject } from './acts.ts'
import { compareDeploy, type SettingChange } from './compare.ts'
import type { Approvals, Pending } from './load.ts'
import { explainOwnRequest } from './own-request.ts'

export function viewApprovals({ state, data }: Seen<Approvals>): TemplateResult {
  const { pending, isCut } = data
  return html`
    ${viewPageHead({ title: 'Approvals', about: tellCount(pending.length, isCut, state) })}
    ${
      pending.length === 0
        ? viewEmpty(
            'No deploy waits for approval. An environment asks for one by `approval: required` in its spec; then each deploy to it waits here.',
            'stevedore deploy APP ENVIRONMENT',
          )
        : repeat(
            pending,
            ({ job }) => job.id,
            (one) => viewPending(one, state),
          )
    }`
}

function tellCount(count: number, isCut: boolean, state: State): string | typeof nothing {
  if (count === 0) return nothing
  const waits = count === 1 ? '1 deploy waits' : `${count} deploys wait`
  const who = may(state, 'approve') ? '' : ' Your token may look, and not decide.'
  return `${waits}${count === 1 ? '.' : ', the oldest first.'}${isCut ? ' There are more, older ones than these.' : ''}${who}`
}

function viewPending(pending: Pending, state: State): TemplateResult {
  const { job, environment } = pending
  const name = `approval-${job.id}`
  return html`<article class="card" aria-labelledby=${name}>
    <header class="page-head">
      <h2 id=${name}><a href=${linkJob(job.id)}>${nameJob(job)}</a></h2>
      <div class="acts">${viewActs(pending, state)}</div>
    </header>
    ${viewOwn(pending, state)}
    ${viewFacts([
      ['Asked by', html`${nameActor(job.requestedBy)}, ${viewAge(job.createdAt, state.nowMs)}`],
      ['Brings', job.image ? html`<code>${job.image}</code>` : nothing],
      ['Runs now', environment ? viewRunning(pending) : nothing],
      ['Spec', `version ${job.specVersion}`],
    ])}
    ${viewEffect(pending)}
  </article>`
}

function viewRunning({ job, environment }: Pending): TemplateResult {
  const desired = environment?.desired
  const to = linkEnvironment(job.app, job.environment ?? '')
  if (!desired) return html`<a href=${to}>nothing</a>`
  return html`<a href=${to}>revision ${desired.number}</a>, version <code>${desired.version}</code>`
}

function viewOwn(pending: Pending, state: State): TemplateResult | typeof nothing {
  const reason = may(state, 'approve') ? explainOwnRequest(pending, state.me) : undefined
  return reason ? html`<p class="verdict wait">${icon('hourglass')}<span>${reason}</span></p>` : nothing
}

function viewActs(pending: Pending, state: State): TemplateResult {
  const { job } = pending
  const { request } = job
  const isVariant =
    request.kind === 'deploy' &&
    (request.remove || request.adopt || request.restart || request.scale || request.service !== undefined)
  const isDeploy = request.kind === 'deploy' && !isVariant
  const mayApprove = may(state, 'approve')
  return html`
    ${isDeploy && may(state, 'deploy') ? html`<button @click=${() => openDryRun(job)}>${icon('search')}Dry run</button>` : nothing}
    ${mayApprove ? html`<button class="danger" @click=${() => openReject(job)}>${icon('x')}Reject</button>` : nothing}
    ${
      mayApprove && !explainOwnRequest(pending, state.me)
        ? html`<button class="primary" @click=${() => openApprove(job)}>${icon('stamp')}Approve</button>`
        : nothing
    }`
}

/** What would be otherwise. */
function viewEffect(pending: Pending): TemplateResult {
  const { job, environment } = pending
  if (job.request.kind === 'deploy' && job.request.remove)
    return html`<p><strong>All that runs of ${job.app} in ${job.environment} is taken down</strong>${environment?.desired ? html`: revision ${environment.desired.number}` : nothing}. Its history stays.</p>`
  if (job.request.kind === 'deploy' && job.request.adopt)
    return html`<p>Nothing that runs is changed: it becomes the revision of ${job.environment}.</p>`
  if (job.request.kind === 'deploy' && job.request.restart)
    return html`<p>What runs ${job.request.process ? html`of the process <code>${job.request.process}</code> ` : nothing}when its turn comes is replaced by the same again: its image, settings and values of secrets.</p>`
  if (job.request.kind === 'deploy' && job.request.scale)
    return html`<p>What runs when its turn comes gets other counts of replicas, until the next deploy: <code>${writeCounts(job.request.scale)}</code>.</p>`
  if (job.request.kind === 'deploy' && job.request.service)
    return html`<p>The companion <strong>${job.request.service}</strong> of ${job.environment} is stopped, and started as the spec says of it. Its data stays.</p>`
  if (job.request.kind === 'run' && job.request.in)
    return html`<p>Run once, inside ${nameReplica(job.request)}what runs:</p><pre>${writeCommand(job.request.command)}</pre>`
  if (job.request.kind === 'run')
    return html`<p>What serves stays as it is. Run once, in the image of above:</p><pre>${writeCommand(job.request.command)}</pre>`
  const { changes, note } = compareDeploy(pending)
  return html`
    ${viewTable<SettingChange>({
      caption: `What the deploy of ${job.app} to ${job.environment} would change`,
      rows: changes,
      columns: [
        { word: 'Changes', kind: 'name', cell: ({ path }) => html`<code>${path}</code>` },
        { word: 'Runs now', cell: ({ from }) => viewValue(from) },
        { word: 'Would run', cell: ({ to }) => viewValue(to) },
      ],
      empty: html`<p>${pending.spec ? 'Nothing would change: what runs is what would be deployed.' : 'The image is the one that runs.'}</p>`,
    })}
    ${note ? html`<p class="dim">${note}</p>` : nothing}`
}

function viewValue(value: unknown): TemplateResult {
  if (value === null) return html`<span class="dim">not set</span>`
  return html`<code>${typeof value === 'string' ? value : JSON.stringify(value)}</code>`
}
