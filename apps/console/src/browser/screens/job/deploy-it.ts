import type { JobDetailView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { openDeploy } from '../../acts/deploy.ts'
import { ask } from '../../api/client.ts'
import { say } from '../../dialogs.ts'
import { icon } from '../../parts/icon.ts'
import { may, type State } from '../../state.ts'

/** What one mostly does next with a build that ended well. */
export function viewDeployIt(state: State, job: JobDetailView): TemplateResult | typeof nothing {
  const version = findDeployable(state, job)
  if (version === undefined) return nothing
  const open = () => openDeployOf(job.app, version).catch((error: Error) => say(error.message))
  return html`<button class="primary" @click=${open}>${icon('rocket')}Deploy it</button>`
}

/** The version that was built, where the token may deploy it. */
export function findDeployable(
  state: State,
  { kind, state: stands, result }: Pick<JobDetailView, 'kind' | 'state' | 'result'>,
): string | undefined {
  const isBuilt = kind === 'build' && stands === 'succeeded' && result && 'reports' in result
  return isBuilt && may(state, 'deploy') ? result.version : undefined
}

async function openDeployOf(app: string, version: string): Promise<void> {
  const params = { app }
  const [environments, images] = await Promise.all([
    ask('listEnvironments', { params }),
    ask('listImages', { params, query: { version, limit: 100 } }),
  ])
  const [first] = environments.items
  if (!first) say(`The spec of ${app} has no environment to deploy to.`)
  else if (images.items.length === 0) say(`The images of ${version} are no longer kept: build it again.`)
  else openDeploy(first, images.items, version, environments.items)
}
