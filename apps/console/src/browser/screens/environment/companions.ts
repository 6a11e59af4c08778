import type { EnvironmentView, ServiceView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { viewBadge } from '../../parts/badge.ts'
import { linkJob } from '../../parts/job.ts'
import { viewDigest } from '../../parts/revision.ts'
import { viewTable } from '../../parts/table.ts'
import { viewAge } from '../../parts/time.ts'

/** What the app has beside it, which no deploy of the app changes. */
export function viewServices({ app, environment, services = [] }: EnvironmentView, nowMs: number) {
  if (services.length === 0) return nothing
  return html`<section aria-labelledby="companions">
    <h2 id="companions">Companions</h2>
    ${viewTable<ServiceView>({
      caption: 'What the app has beside it',
      rows: services,
      columns: [
        { word: 'Companion', kind: 'name', cell: ({ name }) => name },
        { word: 'Revision', kind: 'number', cell: ({ revision }) => `r${revision}` },
        { word: 'Health', cell: ({ seen }) => (seen ? viewSeen(seen) : 'not seen yet') },
        { word: 'Image', cell: ({ image }) => viewDigest(image) },
        {
          word: 'Made',
          cell: ({ activatedAt, jobId }) => html`<a href=${linkJob(jobId)}>${viewAge(activatedAt, nowMs)}</a>`,
        },
        { word: 'Notes', cell: (one) => viewNotes(one, `stevedore service update ${app} ${environment} ${one.name}`) },
      ],
    })}
  </section>`
}

function viewSeen({ healthy, state }: NonNullable<ServiceView['seen']>): TemplateResult {
  return healthy ? viewBadge('good', 'circle-check', 'healthy') : viewBadge('bad', 'circle-x', state)
}

function viewNotes({ seen, declared, changed }: ServiceView, command: string): TemplateResult {
  const notes = [...(seen?.reason ? [seen.reason] : []), ...(declared ? [] : ['the spec no longer names it'])]
  return html`${notes.join('; ')}${
    declared && changed.length > 0
      ? html` differs in ${changed.join(', ')} from the spec, which <code>${command}</code> brings it to`
      : nothing
  }`
}
