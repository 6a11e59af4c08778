import type { AppSpec, RecordedDelivery } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewEmpty } from '../../parts/empty.ts'
import { linkJob } from '../../parts/job.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import type { AppData } from './load.ts'

/** What a push starts, and what the last webhooks did start, or why nothing. */
export function viewTriggers({ app, deliveries }: AppData, nowMs: number): TemplateResult {
  const { triggers } = app.spec
  return html`<section class="stack" aria-labelledby="triggers">
    <h2 id="triggers">Triggers</h2>
    ${
      triggers.length === 0
        ? viewEmpty(
            'No push starts anything: its spec has no triggers.',
            'docs/guide/app-spec.md tells how to write one',
          )
        : html`<ul class="changes">${triggers.map(viewTrigger)}</ul>`
    }
    ${
      triggers.length > 0 || deliveries.length > 0
        ? viewTable<RecordedDelivery>({
            caption: 'The last webhooks',
            rows: deliveries,
            columns: [
              {
                word: 'Webhook',
                kind: 'name',
                cell: ({ provider, event }) => `${provider}${event ? ` ${event}` : ''}`,
              },
              { word: 'Received', cell: ({ receivedAt }) => viewAge(receivedAt, nowMs) },
              { word: 'Led to', cell: viewOutcome },
            ],
            empty: viewEmpty('No webhook has come yet.', `POST /v1/webhooks/github/${app.app}`),
          })
        : nothing
    }
  </section>`
}

function viewTrigger(trigger: AppSpec['triggers'][number]): TemplateResult {
  const { on, do: actions, ...filter } = trigger
  const named = Object.values(filter)
    .flat()
    .filter((value) => typeof value === 'string')
  return html`<li>on <strong>${on}</strong>${named.length > 0 ? html` of <code>${named.join(', ')}</code>` : nothing}: ${actions.join(', then ')}</li>`
}

function viewOutcome({ jobs, reason, completedAt }: RecordedDelivery): TemplateResult | string {
  if (jobs.length > 0)
    return html`<span class="tags">${jobs.map((id) => html`<a href=${linkJob(id)}>job ${id.slice(0, 8)}</a>`)}</span>`
  return reason ?? (completedAt ? 'nothing' : 'not judged yet')
}
