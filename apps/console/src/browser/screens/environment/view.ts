import type { EnvironmentView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { openDeploy, openRemoval, openRollback, openUnpin } from '../../acts/deploy.ts'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { viewFacts } from '../../parts/facts.ts'
import { viewHealth } from '../../parts/health.ts'
import { icon } from '../../parts/icon.ts'
import { linkApp, linkJob, nameActor, writeCounts } from '../../parts/job.ts'
import { viewJobs } from '../../parts/jobs.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewDigest } from '../../parts/revision.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import { viewTraffic } from '../../parts/traffic.ts'
import type { Seen } from '../../screen.ts'
import { may, type State } from '../../state.ts'
import { viewServices } from './companions.ts'
import type { EnvironmentData } from './load.ts'
import { viewRevisions } from './revisions.ts'
import { viewSchedules } from './schedules.ts'

export function viewEnvironment({ state, data, place }: Seen<EnvironmentData>): TemplateResult {
  const { view, line } = data
  const { nowMs } = state
  return html`
    ${viewPageHead({ title: view.environment, trail: [[view.app, linkApp(view.app)]], about: viewHealth(view), acts: viewActs(state, data) })}
    ${viewWarnings(view, nowMs)}
    <div class="columns">
      <section class="card" aria-labelledby="desired">
        <h2 id="desired">What should run</h2>
        ${viewDesired(view, nowMs)}
      </section>
      <section class="card" aria-labelledby="observed">
        <h2 id="observed">What was seen${view.observed ? html` <span class="dim">${viewAge(view.observed.at, nowMs)}</span>` : nothing}</h2>
        ${viewObserved(view)}
      </section>
    </div>
    ${viewReplicas(view)} ${viewServices(view, nowMs)} ${viewDrift(view)} ${viewSchedules(view, nowMs)}
    ${
      line.length > 0
        ? html`<section aria-labelledby="line"><h2 id="line">In its line</h2>${viewJobs({ caption: 'What runs or waits here', jobs: line, nowMs })}</section>`
        : nothing
    }
    ${viewRevisions({ state, place, data })}`
}

function viewActs(state: State, { view, images }: EnvironmentData): TemplateResult | typeof nothing {
  if (!may(state, 'deploy')) return nothing
  const { desired, pinnedBy } = view
  return html`
    <button class="primary" @click=${() => openDeploy(view, images)}>${icon('rocket')}Deploy</button>
    ${desired ? html`<button @click=${() => openRollback(view, desired)}>${icon('undo-2')}Roll back</button>` : nothing}
    ${pinnedBy ? html`<button @click=${() => openUnpin(view)}>${icon('pin')}Unpin</button>` : nothing}
    ${desired ? html`<button class="danger" @click=${() => openRemoval(view)}>${icon('trash-2')}Remove</button>` : nothing}`
}

function viewWarnings({ lastFailure, pinnedBy, changedSecrets }: EnvironmentView, nowMs: number): TemplateResult {
  return html`
    ${
      lastFailure
        ? html`<p class="verdict bad">${icon('circle-x')}<span>
            The last ${lastFailure.kind} failed ${viewAge(lastFailure.at, nowMs)}: ${lastFailure.message}
            <a href=${linkJob(lastFailure.jobId)}>Why, and what to do</a>
          </span></p>`
        : nothing
    }
    ${pinnedBy ? html`<p class="verdict wait">${icon('pin')}<span>Pinned by ${nameActor(pinnedBy)}: triggers deploy nothing here.</span></p>` : nothing}
    ${
      changedSecrets.length > 0
        ? html`<p class="verdict wait">${icon('key-round')}<span>Newer values are stored of ${changedSecrets.join(', ')}: the next deploy takes them.</span></p>`
        : nothing
    }`
}

function viewDesired({ app, environment, desired }: EnvironmentView, nowMs: number): TemplateResult {
  if (!desired) return viewEmpty('Nothing is deployed here.', `stevedore deploy ${app} ${environment}`)
  return viewFacts([
    ['Revision', html`<strong>${desired.number}</strong>`],
    ['Version', html`<code>${desired.version}</code>`],
    ['Target', desired.target],
    ['Image', viewDigest(desired.image)],
    ['Strategy', desired.strategy],
    ['Scale', desired.scale ? `${writeCounts(desired.scale)}, until the next deploy` : nothing],
    ['Cause', html`<a href=${linkJob(desired.jobId)}>${desired.cause}</a> by ${nameActor(desired.createdBy)}`],
    ['Serves since', viewAge(desired.activatedAt, nowMs)],
    ['Spec', `version ${desired.specVersion}`],
    ['Secrets', desired.secrets.map(({ name, version }) => `${name} v${version}`).join(', ')],
  ])
}

function viewObserved({ app, environment, observed, replicas, desired }: EnvironmentView): TemplateResult {
  if (!observed)
    return viewEmpty(
      desired ? 'No worker has told yet what it sees here.' : 'Nothing runs here.',
      `stevedore status ${app} ${environment}`,
    )
  return viewFacts([
    ['Traffic', viewTraffic(observed.traffic)],
    ['Replicas', replicas ? `${replicas.healthy} of ${replicas.desired} healthy` : nothing],
    ['Drift', observed.drift.length === 0 ? 'none' : html`<a href="#drift">${observed.drift.length} fields</a>`],
    ['Address', observed.address ? viewAddress(observed.address) : nothing],
  ])
}

/** Only what leads to a page is a link: it comes from what was observed. */
function viewAddress(address: string): TemplateResult {
  return /^https?:\/\//.test(address)
    ? html`<a href=${address} rel="noreferrer" target="_blank">${address}${icon('external-link')}</a>`
    : html`<code>${address}</code>`
}

type SeenReplica = NonNullable<EnvironmentView['observed']>['replicas'][number]

/** Only where there is more than one it tells anything. */
const processColumn = { word: 'Process', cell: ({ process }: SeenReplica) => process ?? 'web' }

function viewReplicas({ observed }: EnvironmentView): TemplateResult | typeof nothing {
  if (!observed || observed.replicas.length === 0) return nothing
  const several = observed.replicas.some(({ process }) => process !== undefined)
  return html`<section aria-labelledby="replicas">
    <h2 id="replicas">Replicas</h2>
    ${viewTable({
      caption: 'Replicas as they were seen',
      rows: observed.replicas,
      columns: [
        { word: 'Replica', kind: 'name', cell: ({ name }) => name },
        ...(several ? [processColumn] : []),
        { word: 'Revision', kind: 'number', cell: ({ revision }) => `r${revision}` },
        {
          word: 'Health',
          cell: ({ healthy, state }) =>
            healthy ? viewBadge('good', 'circle-check', 'healthy') : viewBadge('bad', 'circle-x', state),
        },
        { word: 'Host', cell: ({ host }) => host ?? nothing },
        { word: 'Reason', cell: ({ reason }) => reason ?? nothing },
      ],
    })}
  </section>`
}

function viewDrift({ observed }: EnvironmentView): TemplateResult | typeof nothing {
  if (!observed || observed.drift.length === 0) return nothing
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Changed behind Stevedore</h2>
    ${viewTable({
      caption: 'What differs from what was set',
      rows: observed.drift,
      columns: [
        { word: 'Field', kind: 'name', cell: ({ field }) => html`<code>${field}</code>` },
        { word: 'Wanted', cell: ({ wanted }) => html`<code>${wanted}</code>` },
        { word: 'Found', cell: ({ found }) => html`<code>${found}</code>` },
      ],
    })}
  </section>`
}
