import type { RevisionComparison, RevisionView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { openRollback } from '../../acts/deploy.ts'
import { viewRevisionState } from '../../parts/badge.ts'
import { viewChoice, viewComparison } from '../../parts/comparison.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { linkJob, nameActor } from '../../parts/job.ts'
import { foundOf, viewNamed } from '../../parts/named.ts'
import { viewDigest } from '../../parts/revision.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import { may } from '../../state.ts'
import type { EnvironmentData } from './load.ts'

/** The history, any two of which can be held against each other. */
export function viewRevisions({ state, place, data }: Seen<EnvironmentData>): TemplateResult {
  const { view, revisions, comparison } = data
  return html`<section class="stack" aria-labelledby="revisions">
    <h2 id="revisions">Revisions</h2>
    ${revisions.length > 1 ? viewChoice({ path: place.path, choices: revisions.map(toChoice), pair: foundOf(comparison) }) : nothing}
    ${viewNamed(comparison, viewDifferences)}
    ${viewTable<RevisionView>({
      caption: 'Revisions, the newest first',
      rows: revisions,
      key: ({ number }) => number,
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

function toChoice({ number, version }: RevisionView) {
  return { number, words: `r${number} ${version}` }
}

function viewDifferences(comparison: RevisionComparison): TemplateResult {
  const { from, to } = comparison
  return viewComparison({
    ...comparison,
    sign: 'r',
    caption: `What differs between revision ${from} and ${to}`,
    empty: viewEmpty(`Revision ${from} and ${to} do not differ in what they run with.`),
  })
}
