import type { SpecComparison, SpecVersionView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { keyed } from 'lit-html/directives/keyed.js'
import { viewBadge } from '../../parts/badge.ts'
import { viewChoice, viewComparison } from '../../parts/comparison.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { nameActor } from '../../parts/job.ts'
import { foundOf, viewNamed } from '../../parts/named.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { Seen } from '../../screen.ts'
import type { AppData } from './load.ts'

/** What its spec says, in the version that holds or in an earlier one, and in what any two of them differ. */
export function viewSpec({ state, place, data }: Seen<AppData>): TemplateResult {
  const { app, versions, hasOlder, comparison, chosen } = data
  return html`<section class="stack" aria-labelledby="spec">
    <h2 id="spec">Spec</h2>
    ${versions.length > 1 ? viewChoice({ path: place.path, choices: versions.map(toChoice), pair: foundOf(comparison) }) : nothing}
    ${viewNamed(comparison, viewDifferences)}
    ${viewTable<SpecVersionView>({
      caption: 'Versions of its spec, the newest first',
      rows: versions,
      columns: [
        {
          word: 'Version',
          kind: 'name',
          cell: ({ specVersion }) => html`<a href="${place.path}?spec=${specVersion}">v${specVersion}</a>`,
        },
        {
          word: 'State',
          cell: ({ specVersion }) =>
            specVersion === app.specVersion ? viewBadge('good', 'circle-check', 'holds') : nothing,
        },
        { word: 'Declared', cell: ({ declaredAt }) => viewAge(declaredAt, state.nowMs) },
        { word: 'By', cell: ({ declaredBy }) => nameActor(declaredBy) },
      ],
    })}
    ${hasOlder ? html`<p class="dim">Older ones are told by their numbers: <code>stevedore spec ${app.app} --version N</code></p>` : nothing}
    ${viewNamed(chosen, () => nothing)}
    ${viewText(data)}
  </section>`
}

function toChoice({ specVersion }: SpecVersionView) {
  return { number: specVersion, words: `v${specVersion}` }
}

function viewDifferences(comparison: SpecComparison): TemplateResult {
  const { from, to } = comparison
  return viewComparison({
    ...comparison,
    sign: 'v',
    caption: `What differs between version ${from} and ${to} of its spec`,
    empty: viewEmpty(`Version ${from} and ${to} of its spec do not differ.`),
  })
}

function viewText({ app, ...data }: AppData): TemplateResult {
  const chosen = foundOf(data.chosen)
  const { specVersion, spec } = chosen ?? app
  const text = html`<details class="card" ?open=${chosen !== null}>
    <summary><h3>Version ${specVersion}</h3> <span class="dim">all defaults filled in</span></summary>
    <pre tabindex="0" aria-label="The spec">${JSON.stringify(spec, null, 2)}</pre>
  </details>`
  // Who chooses another is shown it, also where the one before had been closed.
  return html`${keyed(chosen?.specVersion, text)}`
}
