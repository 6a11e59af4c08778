import type { JobView } from '@stevedore/contract'
import { html } from 'lit-html'
import { ask } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { linkJob, nameJob } from '../../parts/job.ts'
import { viewDigest } from '../../parts/revision.ts'
import { go } from '../../router.ts'

/** What is approved is what is shown, by its digest and the version of the spec. */
export function openApprove(job: JobView): void {
  const { id, app, environment, image, specVersion } = job
  openDialog({
    title: `Approve: ${nameJob(job)}`,
    confirm: 'Approve',
    body: () => html`
      <p>
        <strong>${app}</strong> in <strong>${environment}</strong> is deployed as soon as its turn
        comes${image ? html`: ${viewDigest(image)}` : ''}, by version ${specVersion} of the spec.
      </p>
      <p class="dim">If it brings anything else by then, the approval is refused.</p>`,
    async run() {
      await ask('approveJob', { params: { id }, body: { image, specVersion } })
      say(`The ${job.kind} of ${app} to ${environment} is approved.`)
    },
  })
}

export function openReject(job: JobView): void {
  const { id, app, environment } = job
  openDialog({
    title: `Reject: ${nameJob(job)}`,
    confirm: 'Reject',
    isDangerous: true,
    body: () => html`<p>
      The ${job.kind} of <strong>${app}</strong> to <strong>${environment}</strong> ends as rejected. What runs there stays as it is.
    </p>`,
    async run() {
      await ask('rejectJob', { params: { id } })
      say(`The ${job.kind} of ${app} to ${environment} is rejected.`)
    },
  })
}

/** Asks the engine itself what would change: a job of its own, that changes nothing. */
export function openDryRun({ app, environment, image, request }: JobView): void {
  if (environment === null || request.kind !== 'deploy') return
  const { version, target, strategy } = request
  const brought = image?.includes('@') ? { image } : { ...(version && { version }), ...(target && { target }) }
  openDialog({
    title: `Dry run: deploy ${app} to ${environment}`,
    confirm: 'Dry run',
    body: () => html`<p>
      The engine of <strong>${environment}</strong> is asked what the same deploy would change of <strong>${app}</strong>, by the spec of now.
      Nothing is changed, and this waits for no approval.
    </p>`,
    async run() {
      const job = await ask('createJob', {
        body: { kind: 'deploy', app, environment, ...brought, ...(strategy && { strategy }), dryRun: true },
      })
      go(linkJob(job.id))
    },
  })
}
