import type { JobView } from '@stevedore/contract'
import { html, nothing } from 'lit-html'
import { ask } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { nameJob } from '../../parts/job.ts'

export function openCancel(job: JobView): void {
  const { id, app, environment, state } = job
  openDialog({
    title: `Cancel: ${nameJob(job)}`,
    confirm: 'Cancel the job',
    isDangerous: true,
    body: () => html`
      <p>The ${job.kind} of <strong>${app}</strong>${environment ? html` in <strong>${environment}</strong>` : nothing} ends as cancelled.</p>
      <p>${state === 'running' ? 'What it began is cleaned up.' : 'Nothing else changes; whoever stands behind it moves up.'}</p>`,
    async run() {
      await ask('cancelJob', { params: { id } })
      say(`The ${job.kind} of ${app} is being cancelled.`)
    },
  })
}
