import type { AuditEntry } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewEmpty } from '../../parts/empty.ts'
import { viewFacts } from '../../parts/facts.ts'
import { icon } from '../../parts/icon.ts'
import { linkApp, linkEnvironment, linkJob, nameActor } from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewTable } from '../../parts/table.ts'
import { formatTime, viewAge } from '../../parts/time.ts'
import { go } from '../../router.ts'
import type { Seen } from '../../screen.ts'
import { describeEntry } from './describe.ts'
import { openExport } from './export.ts'
import { actions, type Filter, linkAudit, readFilter, readForm, toLocalInput } from './filter.ts'
import type { Audit } from './load.ts'
import { viewChain } from './verify.ts'

export function viewAudit({ state, place, data }: Seen<Audit>): TemplateResult {
  const filter = readFilter(place.query)
  const cursor = place.query.get('cursor') ?? undefined
  return html`
    ${viewPageHead({
      title: 'Audit',
      about: 'Who did what, newest first. Nothing here is ever changed or removed.',
      acts: html`<button @click=${() => openExport(filter)}>${icon('download')}Export</button>`,
    })}
    ${viewChain(state, data)}
    ${viewFilter(filter)}
    ${viewEntry(data.entry, linkAudit(filter, cursor ? { cursor } : {}))}
    <section aria-labelledby="entries">
      <h2 id="entries">Entries</h2>
      ${viewEntries(data, { filter, cursor, nowMs: state.nowMs })}
      ${viewPaging(data, { filter, cursor })}
    </section>`
}

/** Each filter is in the address, so that it can be shared; it is taken on with the button or Enter. */
function viewFilter(filter: Filter): TemplateResult {
  const field = (
    name: 'app' | 'environment' | 'job' | 'actor',
    word: string,
    hint: string,
  ) => html`<label class="field">
    <span>${word}</span><input name=${name} .value=${filter[name] ?? ''} placeholder=${hint} autocomplete="off" />
  </label>`
  return html`<form class="filter" role="search" aria-label="Filter the entries" @submit=${submit}>
    ${field('app', 'App', 'shop')} ${field('environment', 'Environment', 'production')}
    ${field('job', 'Job', 'its whole id')} ${field('actor', 'Actor', 'token:ann')}
    <label class="field">
      <span>Action</span>
      <select name="action">
        <option value="">any</option>
        ${actions.map((action) => html`<option ?selected=${action === filter.action}>${action}</option>`)}
      </select>
    </label>
    <label class="field"><span>Since</span><input type="datetime-local" name="since" .value=${toLocalInput(filter.since)} /></label>
    <div class="acts">
      <button class="primary">${icon('search')}Filter</button>
      ${Object.keys(filter).length > 0 ? html`<a class="button" href="/console/audit">Show all</a>` : nothing}
    </div>
  </form>`
}

function submit(event: SubmitEvent): void {
  event.preventDefault()
  go(linkAudit(readForm(new FormData(event.target as HTMLFormElement))), { replace: true })
}

interface Where {
  filter: Filter
  cursor: string | undefined
}

function viewEntries({ page }: Audit, { filter, cursor, nowMs }: Where & { nowMs: number }): TemplateResult {
  return viewTable<AuditEntry>({
    caption: 'Entries of the audit trail',
    rows: page.items,
    columns: [
      {
        word: 'Entry',
        kind: 'name',
        cell: ({ seq, at }) =>
          html`<a href=${linkAudit(filter, { ...(cursor && { cursor }), entry: String(seq), at })}>${seq}</a>`,
      },
      { word: 'When', cell: ({ at }) => html`<span class="whole">${viewAge(at, nowMs)}</span>` },
      { word: 'Actor', cell: ({ actor }) => html`<span class="actor">${nameActor(actor)}</span>` },
      { word: 'What', cell: (entry) => describeEntry(entry) },
      { word: 'Of', cell: viewSubject },
      { word: 'Action', cell: ({ action }) => html`<span class="whole"><code>${action}</code></span>` },
    ],
    empty: page.next
      ? html`<p class="dim">None of this part is yours to see: go on to the older ones.</p>`
      : viewEmpty(
          Object.keys(filter).length > 0 ? 'No entry is as the filter asks.' : 'Nothing was done yet.',
          'stevedore audit',
        ),
  })
}

function viewSubject({ app, environment, jobId }: AuditEntry): TemplateResult | typeof nothing {
  if (!app) return nothing
  return html`<span class="links"><a href=${linkApp(app)}>${app}</a>
    ${environment ? html`<a href=${linkEnvironment(app, environment)}>${environment}</a>` : nothing}
    ${jobId ? html`<a href=${linkJob(jobId)}><code>${jobId.slice(0, 8)}</code></a>` : nothing}</span>`
}

function viewPaging({ page }: Audit, { filter, cursor }: Where): TemplateResult | typeof nothing {
  if (!cursor && !page.next) return nothing
  return html`<nav class="acts paging" aria-label="Parts of the trail">
    ${cursor ? html`<a class="button" href=${linkAudit(filter)}>Newest</a>` : nothing}
    ${page.next ? html`<a class="button" href=${linkAudit(filter, { cursor: page.next })}>Older${icon('arrow-right')}</a>` : nothing}
  </nav>`
}

function viewEntry(entry: Audit['entry'], back: string): TemplateResult | typeof nothing {
  if (entry === undefined) return nothing
  if (entry === null)
    return html`<p class="verdict wait">${icon('circle-help')}<span>There is no such entry, or it is not yours to see. <a href=${back}>Back to the list</a></span></p>`
  const { seq, at, actor, action, detail, prevHash, hash } = entry
  return html`<section class="card" aria-labelledby="entry">
    <header class="page-head">
      <h2 id="entry">Entry ${seq}</h2>
      <a class="button" href=${back}>${icon('x')}Close</a>
    </header>
    <p>${nameActor(actor)} ${describeEntry(entry)}</p>
    ${viewFacts([
      ['When', html`<time datetime=${at}>${formatTime(at)}</time>`],
      ['Actor', html`<code>${actor}</code>`],
      ['Action', html`<code>${action}</code>`],
      ['Of', viewSubject(entry)],
      ['Hash', html`<code>${hash}</code>`],
      ['Hash before it', html`<code>${prevHash}</code>`],
    ])}
    <pre tabindex="0" aria-label="What it tells">${JSON.stringify(detail, null, 2)}</pre>
  </section>`
}
