import type { ReadyView, UnknownPlaceView, WorkerView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewBadge } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { viewFacts } from '../../parts/facts.ts'
import { icon } from '../../parts/icon.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { may } from '../../state.ts'
import { viewBackup } from './backup.ts'
import { viewDeliveries } from './deliveries.ts'
import type { System } from './load.ts'
import { listSites, type Site } from './sites.ts'
import { judgeSystem } from './verdict.ts'

const looks = { good: 'circle-check', wait: 'hourglass', bad: 'triangle-alert' } as const

export function viewSystem({ state, place, data }: Seen<System>): TemplateResult {
  const { workers, unknown, apps, deliveries } = data
  const { nowMs } = state
  const { tone, sentence } = judgeSystem(data)
  return html`
    ${viewPageHead({ title: 'System' })}
    <p class="verdict ${tone}" role="status">${icon(looks[tone])}<span>${sentence}</span></p>
    <section aria-labelledby="parts">
      <h2 id="parts">The server</h2>
      ${viewReady(data, nowMs)}
    </section>
    ${workers ? viewWorkers(workers, nowMs) : html`<p class="dim">Workers, hosts and clusters are shown to tokens that reach the whole server.</p>`}
    ${unknown && unknown.length > 0 ? viewUnknown(unknown, nowMs) : nothing}
    ${viewDeliveries({
      ...{ deliveries, nowMs, cursor: place.query.get('cursor') ?? undefined, mayRedeliver: may(state, 'deploy') },
      apps: apps.map(({ app }) => app),
    })}`
}

function viewReady({ ready, backup }: System, nowMs: number): TemplateResult {
  if (!ready) return html`<p>The server does not say whether it is ready.</p>`
  const { ledger, migrations, transport } = ready
  return html`<div class="card">
    ${viewFacts([
      ['Ledger', ledger === 'ok' ? viewBadge('good', 'circle-check', 'answers') : viewBadge('bad', 'circle-x', 'away')],
      ['Migrations', viewMigrations(migrations)],
      [
        'Transport',
        transport === 'ok'
          ? viewBadge('good', 'circle-check', 'answers')
          : viewBadge('wait', 'hourglass', 'away: work is taken, and waits'),
      ],
      ['Backup', backup ? viewBackup(backup, nowMs) : null],
    ])}
  </div>`
}

function viewMigrations(migrations: ReadyView['migrations']): TemplateResult {
  if (migrations === 'ok') return viewBadge('good', 'circle-check', 'all there')
  return migrations === 'missing'
    ? html`${viewBadge('bad', 'circle-x', 'missing')} <code>stevedore migrate</code>`
    : viewBadge('quiet', 'circle-help', 'not known')
}

function viewWorkers(workers: WorkerView[], nowMs: number): TemplateResult {
  return html`<section aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      ${viewTable<WorkerView>({
        caption: 'Workers that live, and those lost within the hour',
        rows: workers,
        columns: [
          { word: 'Worker', kind: 'name', cell: ({ id }) => html`<code>${id}</code>` },
          { word: 'State', cell: viewLife },
          { word: 'Takes', cell: ({ kinds }) => (kinds.length > 0 ? kinds.join(', ') : 'nothing: it drains') },
          { word: 'Load', cell: viewLoad },
          { word: 'Version', cell: ({ version }) => (version === null ? nothing : html`<code>${version}</code>`) },
          { word: 'Seen', cell: ({ seenAt }) => viewAge(seenAt, nowMs) },
          { word: 'Started', cell: ({ startedAt }) => viewAge(startedAt, nowMs) },
        ],
        empty: viewEmpty(
          'No worker has told of itself within the last hour: jobs are taken, and wait.',
          'stevedore worker',
        ),
      })}
    </section>
    <section aria-labelledby="sites">
      <h2 id="sites">Docker hosts and clusters</h2>
      ${viewSites(listSites(workers), nowMs)}
    </section>`
}

function viewLife({ live, kinds }: WorkerView): TemplateResult {
  if (!live) return viewBadge('bad', 'unplug', 'lost')
  return kinds.length > 0 ? viewBadge('good', 'circle-check', 'lives') : viewBadge('quiet', 'hourglass', 'drains')
}

/** It runs so many of each kind at a time; what it has in hand is told of all together. */
function viewLoad({ running, concurrency, kinds, live }: WorkerView): TemplateResult {
  if (!live) return html`<span class="dim">–</span>`
  const room = (concurrency ?? 0) * kinds.length
  if (room === 0) return html`${running} in hand`
  return html`<span class="load"><meter min="0" max=${room} .value=${Math.min(running, room)} aria-label="Load"></meter> ${running} of ${room}</span>`
}

function viewSites(sites: Site[], nowMs: number): TemplateResult {
  return viewTable<Site>({
    caption: 'What the workers work on',
    rows: sites,
    columns: [
      { word: 'Name', kind: 'name', cell: ({ name }) => html`<code>${name}</code>` },
      {
        word: 'State',
        cell: ({ away, reached }) =>
          away.length === 0
            ? viewBadge('good', 'circle-check', 'answers')
            : viewBadge('bad', 'unplug', reached.length === 0 ? 'away' : 'away for some'),
      },
      { word: 'Answers', cell: ({ reached }) => (reached.length > 0 ? reached.join(', ') : nothing) },
      {
        word: 'Away',
        cell: ({ away }) =>
          away.length === 0
            ? nothing
            : html`<ul class="plain">${away.map(({ worker, since, reason }) => html`<li>for ${worker} since ${viewAge(since, nowMs)}: ${reason}</li>`)}</ul>`,
      },
    ],
    empty: viewEmpty('No worker has told of a Docker engine or a cluster.', 'stevedore doctor'),
  })
}

function viewUnknown(unknown: UnknownPlaceView[], nowMs: number): TemplateResult {
  return html`<section aria-labelledby="unknown">
    <h2 id="unknown">Found, and not known</h2>
    <p class="dim">What runs on Docker hosts of apps and environments that the ledger does not know. Adopt it, or take it away there.</p>
    ${viewTable<UnknownPlaceView>({
      caption: 'What the ledger does not know',
      rows: unknown,
      columns: [
        { word: 'What', kind: 'name', cell: ({ app, environment }) => `${app} ${environment}` },
        { word: 'Host', cell: ({ host }) => host },
        { word: 'Replicas', kind: 'number', cell: ({ replicas }) => replicas },
        { word: 'Revisions', cell: ({ revisions }) => revisions.map((number) => `r${number}`).join(', ') },
        { word: 'Holds', cell: ({ claims }) => claims.join(', ') },
        { word: 'Seen', cell: ({ seenAt }) => viewAge(seenAt, nowMs) },
      ],
    })}
  </section>`
}
