import { html, nothing, type TemplateResult } from 'lit-html'
import { viewJobState } from '../../parts/badge.ts'
import { viewEmpty } from '../../parts/empty.ts'
import { icon } from '../../parts/icon.ts'
import { linkJob, nameJob } from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { go } from '../../router.ts'
import type { Seen } from '../../screen.ts'
import { jumpTo, viewBox } from './box.ts'
import { findNext, type LogData, type LogModel, listMarks } from './model.ts'

export function viewLog({ data, place }: Seen<LogData>): TemplateResult {
  const { job, model } = data
  const count = model.output.count()
  return html`
    ${viewPageHead({
      title: 'Log',
      trail: [[nameJob(job), linkJob(job.id)]],
      about: html`${viewJobState(job)} <span class="number">${count.toLocaleString('en')} lines</span>${viewGap(model)}${viewFault(model)}`,
      acts: html`<a class="button" href="/v1/jobs/${job.id}/logs" download="${job.id}.log">${icon('download')}Raw</a>`,
    })}
    <div class="log-tools">${viewSearch(place.path, model)} ${viewSteps(place.path, data)}</div>
    ${count === 0 ? viewNothing(data) : viewBox(data, place)}`
}

/** What is not there yet, of which a search or a scroll would find nothing. */
function viewGap({ output, isReadingEarlier }: LogModel): TemplateResult | typeof nothing {
  const gap = output.gap()
  if (!gap) return nothing
  const lines = gap.lines.toLocaleString('en')
  const told = isReadingEarlier
    ? `, of the first ${lines} of which ${Math.floor((100 * gap.from) / gap.to)} % are read`
    : `, the first ${lines} of which are not read yet: scroll up to them, or search`
  return html`<span class="dim">${told}</span>`
}

function viewFault({ fault }: LogModel): TemplateResult | typeof nothing {
  return fault === undefined
    ? nothing
    : html` <strong role="status">${icon('unplug')}${fault}; it is tried again.</strong>`
}

function viewNothing({ job, model }: LogData): TemplateResult {
  return model.isComplete
    ? viewEmpty('It printed nothing, or its output was removed after the time for which it is kept.')
    : viewEmpty('Nothing was printed yet.', `stevedore logs ${job.id}`)
}

function viewSearch(path: string, model: LogModel): TemplateResult {
  const { text, found, done } = model.search
  const all = done >= model.output.count()
  return html`<form class="search" role="search" @submit=${(event: SubmitEvent) => search(event, path, model)}>
    <label><span class="unseen">Search in the log</span><input type="search" name="q" .value=${text} placeholder="Search" /></label>
    <button name="to" value="next" aria-label="Find the next">${icon('search')}</button>
    <button name="to" value="previous" aria-label="Find the one before" class="turned">${icon('arrow-down')}</button>
    <output aria-live="polite">${text === '' ? nothing : `${found.length}${all ? '' : '+'} ${found.length === 1 ? 'line' : 'lines'}`}</output>
  </form>`
}

/** The same text again leads to the next line that holds it. */
function search(event: SubmitEvent, path: string, model: LogModel): void {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement, event.submitter)
  const text = String(form.get('q') ?? '')
  if (text !== model.search.text) {
    go(text === '' ? path : `${path}?q=${encodeURIComponent(text)}`, { replace: true })
    return
  }
  const next = findNext(model.search, model.current ?? -1, form.get('to') === 'previous' ? -1 : 1)
  if (next !== undefined) jumpTo(model, next)
}

function viewSteps(path: string, { events }: LogData): TemplateResult | typeof nothing {
  const marks = listMarks(events)
  if (marks.length < 2) return nothing
  return html`<nav class="steps" aria-label="Steps">
    ${marks.map(({ name }) => html`<a href="${path}?step=${encodeURIComponent(name)}">${name}</a>`)}
  </nav>`
}
