import type { RecordedDelivery } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask, writeQuery } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { linkJob } from '../../parts/job.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'
import { go } from '../../router.ts'
import type { Deliveries } from './load-deliveries.ts'

interface Shown {
  deliveries: Deliveries | null
  apps: readonly string[]
  cursor: string | undefined
  mayRedeliver: boolean
  nowMs: number
}

export function viewDeliveries(shown: Shown): TemplateResult {
  const { deliveries, apps, cursor } = shown
  return html`<section aria-labelledby="deliveries">
    <header class="page-head">
      <h2 id="deliveries">Webhook deliveries</h2>
      ${apps.length > 1 ? viewChoice(apps, deliveries?.app) : nothing}
    </header>
    ${
      deliveries
        ? html`${viewList(deliveries, shown)}${viewPaging(deliveries, cursor)}`
        : viewEmpty('No app is declared that a forge could tell of.', 'stevedore apply stevedore.yaml')
    }
  </section>`
}

function viewChoice(apps: readonly string[], chosen: string | undefined): TemplateResult {
  const choose = (event: Event) => go(linkDeliveries((event.target as HTMLSelectElement).value), { replace: true })
  return html`<label class="of-app"><span>of</span>
    <select @change=${choose}>${apps.map((app) => html`<option ?selected=${app === chosen}>${app}</option>`)}</select>
  </label>`
}

function linkDeliveries(app: string, cursor?: string): string {
  return `/console/system${writeQuery({ app, cursor })}`
}

function viewList({ app, page }: Deliveries, { mayRedeliver, nowMs }: Shown): TemplateResult {
  return viewTable<RecordedDelivery>({
    caption: `What forges told of ${app}`,
    rows: page.items,
    key: ({ id }) => id,
    columns: [
      { word: 'Received', kind: 'name', cell: ({ receivedAt }) => viewAge(receivedAt, nowMs) },
      { word: 'From', cell: ({ provider }) => html`<span class="whole">${provider}</span>` },
      { word: 'Event', cell: ({ event }) => event ?? nothing },
      {
        word: 'Its id',
        cell: ({ deliveryId, redeliveryOf }) =>
          html`<code>${deliveryId}</code>${redeliveryOf === null ? nothing : html` <span class="dim">again</span>`}`,
      },
      { word: 'Came to', cell: viewOutcome },
      ...(mayRedeliver
        ? [
            {
              word: 'Acts',
              kind: 'row-acts' as const,
              cell: (delivery: RecordedDelivery) => viewRedeliver(app, delivery),
            },
          ]
        : []),
    ],
    empty: viewEmpty(
      `No forge has told of ${app} yet. Point its webhook at /v1/webhooks/PROVIDER/${app}, signed with the app's secret.`,
      `stevedore secret set WEBHOOK_SECRET --app ${app}`,
    ),
  })
}

/** The jobs that it started, or why it started none. */
function viewOutcome({ jobs, reason, completedAt }: RecordedDelivery): TemplateResult {
  if (jobs.length > 0)
    return html`<span class="links">${jobs.map((id) => html`<a href=${linkJob(id)}>job <code>${id.slice(0, 8)}</code></a> `)}</span>${reason ?? nothing}`
  return html`${reason ?? (completedAt ? 'nothing' : html`<span class="dim">not judged yet</span>`)}`
}

function viewPaging({ app, page }: Deliveries, cursor: string | undefined): TemplateResult | typeof nothing {
  if (!cursor && !page.next) return nothing
  return html`<nav class="acts paging" aria-label="Parts of the deliveries">
    ${cursor ? html`<a class="button" href=${linkDeliveries(app)}>Newest</a>` : nothing}
    ${page.next ? html`<a class="button" href=${linkDeliveries(app, page.next)}>Older${icon('arrow-right')}</a>` : nothing}
  </nav>`
}

function viewRedeliver(app: string, delivery: RecordedDelivery): TemplateResult | typeof nothing {
  if (!delivery.redeliverable) return nothing
  return html`<button class="quiet" aria-label=${`Redeliver ${delivery.deliveryId}`} @click=${() => openRedeliver(app, delivery)}>
    ${icon('rotate-ccw')}Redeliver
  </button>`
}

function openRedeliver(app: string, { id, provider, deliveryId }: RecordedDelivery): void {
  openDialog({
    title: `Redeliver ${deliveryId}`,
    confirm: 'Redeliver',
    body: () => html`<p>
      What ${provider} told is judged once more, by the triggers of <strong>${app}</strong> as they are now. It may start builds and deploys.
    </p>`,
    async run() {
      const { jobs, reasons } = await ask('redeliver', { params: { app, id } })
      say(
        jobs.length > 0
          ? `It started ${jobs.length === 1 ? 'a job' : `${jobs.length} jobs`}.`
          : `It started nothing. ${reasons.join(' ')}`,
      )
    },
  })
}
