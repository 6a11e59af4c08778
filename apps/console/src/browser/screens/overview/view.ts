import type { EnvironmentView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { viewHealth } from '../../parts/health.ts'
import { icon } from '../../parts/icon.ts'
import { linkApp, linkEnvironment, linkJob, nameActor } from '../../parts/job.ts'
import { viewJobs } from '../../parts/jobs.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import { viewTraffic } from '../../parts/traffic.ts'
import type { Seen } from '../../screen.ts'
import { may } from '../../state.ts'
import type { Overview } from './load.ts'
import { judge } from './verdict.ts'

const looks = { good: 'circle-check', wait: 'hourglass', bad: 'triangle-alert' } as const

export function viewOverview({ state, data }: Seen<Overview>): TemplateResult {
  const { tone, sentence } = judge(data, state.nowMs)
  return html`
    ${viewPageHead({
      title: 'Overview',
      acts: may(state, 'administer')
        ? html`<a class="button" href="/console/declare">${icon('plus')}Declare an app</a>`
        : nothing,
    })}
    <p class="verdict ${tone}" role="status">${icon(looks[tone])}<span>${sentence}</span></p>
    <section aria-labelledby="environments">
      <h2 id="environments">Environments</h2>
      ${viewEnvironments(data, state.nowMs)}
    </section>
    <section aria-labelledby="work">
      <h2 id="work">Work at hand</h2>
      ${viewJobs({
        caption: 'Jobs that are not done',
        jobs: data.unfinished,
        nowMs: state.nowMs,
        empty: viewEmpty('No job is queued, runs or waits.', 'stevedore deploy APP ENVIRONMENT'),
      })}
    </section>`
}

function viewEnvironments({ environments, apps }: Overview, nowMs: number): TemplateResult {
  const bare = apps.filter((app) => !environments.some((one) => one.app === app))
  return html`
    ${viewTable<EnvironmentView>({
      caption: 'What runs where',
      rows: environments,
      columns: [
        { word: 'Environment', kind: 'name', cell: viewName },
        {
          word: 'Version',
          cell: ({ desired }) =>
            desired ? html`<code>${desired.version}</code>` : html`<span class="dim whole">nothing</span>`,
        },
        {
          word: 'Revision',
          kind: 'number',
          cell: ({ desired }) => (desired ? `r${desired.number}` : html`<span class="dim">–</span>`),
        },
        { word: 'Health', cell: viewHealth },
        { word: 'Traffic', cell: ({ observed }) => viewTraffic(observed?.traffic ?? {}) },
        { word: 'Deployed', cell: ({ desired }) => viewAge(desired?.activatedAt, nowMs) },
        { word: 'To know', cell: viewNotes },
      ],
      empty:
        apps.length > 0
          ? html``
          : viewEmpty(
              'No app is declared yet. An app is what is built and deployed.',
              'stevedore apply stevedore.yaml',
            ),
    })}
    ${bare.length > 0 ? html`<p>Without an environment: ${bare.map((app) => html`<a href=${linkApp(app)}>${app}</a> `)}</p>` : nothing}`
}

function viewName({ app, environment }: EnvironmentView): TemplateResult {
  return html`<a href=${linkApp(app)}>${app}</a> <a href=${linkEnvironment(app, environment)}>${environment}</a>`
}

function viewNotes(view: EnvironmentView): TemplateResult | typeof nothing {
  const notes = listNotes(view)
  return notes.length > 0 ? html`<span class="notes">${notes}</span>` : nothing
}

function listNotes(view: EnvironmentView): TemplateResult[] {
  const { app, environment, observed, pinnedBy, changedSecrets, lastFailure } = view
  const drift = observed?.drift.length ?? 0
  const notes: TemplateResult[] = []
  if (drift > 0) {
    const said = viewBadge('wait', 'triangle-alert', `drift in ${drift} ${drift === 1 ? 'field' : 'fields'}`)
    notes.push(html`<a href="${linkEnvironment(app, environment)}#drift">${said}</a>`)
  }
  if (pinnedBy) notes.push(viewBadge('quiet', 'pin', `pinned by ${nameActor(pinnedBy)}`))
  if (changedSecrets.length > 0) notes.push(viewBadge('quiet', 'key-round', 'newer secrets'))
  if (lastFailure) {
    const said = viewBadge('bad', 'circle-x', `last ${lastFailure.kind} failed`)
    notes.push(html`<a href=${linkJob(lastFailure.jobId)}>${said}</a>`)
  }
  return notes
}
