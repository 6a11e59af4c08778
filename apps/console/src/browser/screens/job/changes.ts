import type { Change, JobResult } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewEmpty } from '../../parts/empty.ts'

/** What a dry run found that a deploy would change. */
export function viewChanges(result: JobResult | null): TemplateResult | typeof nothing {
  if (!result || !('dryRun' in result)) return nothing
  return html`<section aria-labelledby="changes">
    <h2 id="changes">What a deploy would change</h2>
    ${result.changes.length === 0 ? viewEmpty('Nothing: what runs is what would be deployed.') : html`<ul class="changes">${result.changes.map(viewChange)}</ul>`}
  </section>`
}

function viewChange({ action, object, fields }: Change): TemplateResult {
  return html`<li>
    <strong>${action}</strong> <code>${object}</code>
    ${
      fields.length > 0
        ? html`<ul>
            ${fields.map(({ field, from, to }) => html`<li><code>${field}</code>: <del>${from ?? 'nothing'}</del> → <ins>${to ?? 'nothing'}</ins></li>`)}
          </ul>`
        : nothing
    }
  </li>`
}
