import type { RevisionComparison, RevisionView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { openRollback } from '../../acts/deploy.ts'
import { viewRevisionState } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { linkJob, nameActor } from '../../parts/job.ts'
import { viewDigest } from '../../parts/revision.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import { go } from '../../router.ts'
import type { Seen } from '../../screen.ts'
import { may } from '../../state.ts'
import type { EnvironmentData } from './load.ts'

/** The history, any two of which can be held against each other. */
export function viewRevisions({ state, place, data }: Seen<EnvironmentData>): TemplateResult {
  const { view, revisions, comparison } = data
  return html`<section class="stack" aria-labelledby="revisions">
    <h2 id="revisions">Revisions</h2>
    ${revisions.length > 1 ? viewChoice(place.path, revisions, comparison) : nothing}
    ${comparison ? viewComparison(comparison) : nothing}
    ${viewTable<RevisionView>({
      caption: 'Revisions, the newest first',
      rows: revisions,
      columns: [
        { word: 'Revision', kind: 'name', cell: ({ number }) => `r${number}` },
        { word: 'State', cell: ({ state: stands }) => viewRevisionState(stands) },
        { word: 'Version', cell: ({ version }) => html`<code>${version}</code>` },
        { word: 'Image', cell: ({ image }) => viewDigest(image) },
        { word: 'Cause', cell: ({ cause, jobId }) => html`<a href=${linkJob(jobId)}>${cause}</a>` },
        { word: 'By', cell: ({ createdBy }) => nameActor(createdBy) },
        { word: 'Made', cell: ({ createdAt }) => viewAge(createdAt, state.nowMs) },
        {
          word: 'Acts',
          kind: 'row-acts',
          cell: (revision) =>
            may(state, 'deploy') && isReachable(revision, view.desired) ? viewReturn(data, revision) : nothing,
        },
      ],
      empty: viewEmpty('Nothing was ever deployed here.', `stevedore deploy ${view.app} ${view.environment}`),
    })}
  </section>`
}

/** One that has served and does not serve now. */
function isReachable({ number, activatedAt }: RevisionView, current: RevisionView | null): boolean {
  return activatedAt !== null && number !== current?.number
}

function viewReturn({ view }: EnvironmentData, revision: RevisionView): TemplateResult {
  return html`<button aria-label=${`Roll back to revision ${revision.number}`} @click=${() => openRollback(view, view.desired, revision)}>
    ${icon('undo-2')}Roll back
  </button>`
}

function viewChoice(path: string, revisions: RevisionView[], comparison: RevisionComparison | null): TemplateResult {
  const to = comparison?.to ?? revisions[0]?.number
  const from = comparison?.from ?? revisions[1]?.number
  const choose = (name: string, chosen: number | undefined) => html`<label>
    ${name}
    <select name=${name}>
      ${revisions.map(({ number, version }) => html`<option value=${number} ?selected=${number === chosen}>r${number} ${version}</option>`)}
    </select>
  </label>`
  return html`<form class="choice" @submit=${(event: SubmitEvent) => compare(event, path)}>
    ${choose('from', from)} ${choose('to', to)}
    <button>${icon('arrow-left-right')}Compare</button>
  </form>`
}

function compare(event: SubmitEvent, path: string): void {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement)
  go(`${path}?from=${form.get('from')}&to=${form.get('to')}`, { replace: true })
}

function viewComparison({ from, to, changes }: RevisionComparison): TemplateResult {
  return viewTable<RevisionComparison['changes'][number]>({
    caption: `What differs between revision ${from} and ${to}`,
    rows: changes,
    columns: [
      { word: 'Setting', kind: 'name', cell: ({ path }) => html`<code>${path}</code>` },
      { word: `r${from}`, cell: (change) => viewValue(change.from) },
      { word: `r${to}`, cell: (change) => viewValue(change.to) },
    ],
    empty: viewEmpty(`Revision ${from} and ${to} do not differ in what they run with.`),
  })
}

function viewValue(value: unknown): TemplateResult {
  if (value === null || value === undefined) return html`<span class="dim">not set</span>`
  return html`<code>${typeof value === 'string' ? value : JSON.stringify(value)}</code>`
}
