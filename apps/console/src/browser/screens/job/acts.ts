import type { JobDetailView, JobVerb } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { ask } from '../../api/client.ts'
import { openDialog, say } from '../../dialogs.ts'
import { icon } from '../../parts/icon.ts'
import type { IconName } from '../../parts/icon-names.ts'
import { linkJob, nameJob } from '../../parts/job.ts'
import { viewDigest } from '../../parts/revision.ts'
import { go } from '../../router.ts'
import { may, type State } from '../../state.ts'

interface Act {
  word: string
  icon: IconName
  verb: JobVerb
  right: 'deploy' | 'approve'
  /** What it does, in the dialog. */
  effect: string
  isDangerous?: boolean
  isMain?: boolean
  run(job: JobDetailView): Promise<unknown>
}

const steer = (name: 'cancelJob' | 'pauseJob' | 'resumeJob' | 'abortJob' | 'rejectJob') => (job: JobDetailView) =>
  ask(name, { params: { id: job.id } })

const promote = (full: boolean) => (job: JobDetailView) => ask('promoteJob', { params: { id: job.id }, body: { full } })

/** What is approved is what is shown: by its digest and the version of the spec. */
const approve = ({ id, image, specVersion }: JobDetailView) =>
  ask('approveJob', { params: { id }, body: { image, specVersion } })

async function retry({ id }: JobDetailView): Promise<void> {
  go(linkJob((await ask('retryJob', { params: { id } })).id))
}

const acts: Act[] = [
  {
    word: 'Approve',
    icon: 'stamp',
    verb: 'approve',
    right: 'approve',
    effect: 'It goes on as soon as its environment is free.',
    isMain: true,
    run: approve,
  },
  {
    word: 'Reject',
    icon: 'x',
    verb: 'reject',
    right: 'approve',
    effect: 'It ends as rejected, and changes nothing.',
    isDangerous: true,
    run: steer('rejectJob'),
  },
  {
    word: 'Promote',
    icon: 'play',
    verb: 'promote',
    right: 'deploy',
    effect: 'The pause ends, and the next step of the plan begins.',
    isMain: true,
    run: promote(false),
  },
  {
    word: 'Promote fully',
    icon: 'fast-forward',
    verb: 'promote',
    right: 'deploy',
    effect: 'All pauses that remain are skipped: the new revision gets all of the traffic.',
    run: promote(true),
  },
  {
    word: 'Resume',
    icon: 'play',
    verb: 'resume',
    right: 'deploy',
    effect: 'The rollout goes on with its plan.',
    run: steer('resumeJob'),
  },
  {
    word: 'Pause',
    icon: 'pause',
    verb: 'pause',
    right: 'deploy',
    effect: 'It stops after the step that runs, and the traffic stays as it is then.',
    run: steer('pauseJob'),
  },
  {
    word: 'Abort',
    icon: 'undo-2',
    verb: 'abort',
    right: 'deploy',
    effect: 'All traffic returns to the revision that served before, and the new one is taken away.',
    isDangerous: true,
    run: steer('abortJob'),
  },
  {
    word: 'Cancel',
    icon: 'ban',
    verb: 'cancel',
    right: 'deploy',
    effect: 'The job ends. What it has begun is cleaned up.',
    isDangerous: true,
    run: steer('cancelJob'),
  },
  {
    word: 'Retry',
    icon: 'rotate-ccw',
    verb: 'retry',
    right: 'deploy',
    effect: 'A new job of the same work is recorded.',
    isMain: true,
    run: retry,
  },
]

/** Those that the job takes as it stands, and the token allows. A promotion by one step needs a pause to end. */
export function listActs(state: State, job: JobDetailView): Act[] {
  return acts.filter(
    ({ verb, right, word }) =>
      may(state, right) && job.verbs.includes(verb) && (word !== 'Promote' || job.state === 'waiting'),
  )
}

export function viewActs(state: State, job: JobDetailView): TemplateResult | typeof nothing {
  const open = listActs(state, job)
  if (open.length === 0) return nothing
  // An element stays with its act: a click that is under way while others come never reaches one of those.
  return html`${repeat(
    open,
    ({ word }) => word,
    (act) =>
      html`<button class=${act.isMain ? 'primary' : act.isDangerous ? 'danger' : ''} @click=${() => confirm(act, job)}>
        ${icon(act.icon)}${act.word}
      </button>`,
  )}`
}

function confirm(act: Act, job: JobDetailView): void {
  openDialog({
    title: `${act.word}: ${nameJob(job)}`,
    confirm: act.word,
    ...(act.isDangerous ? { isDangerous: true } : {}),
    body: () => html`
      <p>${act.effect}</p>
      ${act.verb === 'approve' && job.image ? html`<p>It brings ${viewDigest(job.image)}, by version ${job.specVersion} of the spec.</p>` : nothing}`,
    async run() {
      await act.run(job)
      say(`${act.word}: asked for.`)
    },
  })
}
