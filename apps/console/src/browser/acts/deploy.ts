import type { EnvironmentView, ImageView, RevisionView } from '@stevedore/contract'
import { strategyTypes } from '@stevedore/contract/words'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask } from '../api/client.ts'
import { makeKey } from '../api/key.ts'
import { openDialog, say } from '../dialogs.ts'
import { record } from './record.ts'

type Where = Pick<EnvironmentView, 'app' | 'environment'>
/** @param others environments to choose from, where the place is not said by the page */
export function openDeploy(where: Where, images: ImageView[], chosen?: string, others: readonly Where[] = []): void {
  const { app, environment } = where
  const key = makeKey()
  openDialog({
    title: others.length > 0 ? `Deploy ${app}` : `Deploy ${app} to ${environment}`,
    confirm: 'Deploy',
    body: () => html`
      ${
        others.length > 0
          ? html`<label class="field">
              <span>Environment</span>
              <select name="environment">${others.map((one) => html`<option>${one.environment}</option>`)}</select>
            </label>`
          : nothing
      }
      <p>
        What runs ${others.length > 0 ? 'there' : html`in <strong>${environment}</strong>`} is replaced by the version that you choose.
        Where the environment takes an approval, the deploy waits for it first.
      </p>
      ${viewDeployFields([...new Set(images.map(({ version }) => version))], chosen)}`,
    run: (form) => {
      const to = String(form.get('environment') ?? environment)
      return record(
        { kind: 'deploy', app, environment: to, ...readDeploy(form) },
        key + JSON.stringify(readDeploy(form)) + to,
      )
    },
  })
}

function viewDeployFields(versions: string[], chosen: string | undefined): TemplateResult {
  return html`
    <label class="field">
      <span>Version</span>
      <select name="version">
        <option value="">the newest</option>
        ${versions.map((version) => html`<option ?selected=${version === chosen}>${version}</option>`)}
      </select>
    </label>
    <label class="field">
      <span>Strategy</span>
      <select name="strategy">
        <option value="">as the spec says</option>
        ${strategyTypes.map((type) => html`<option>${type}</option>`)}
      </select>
    </label>
    <label class="check"><input type="checkbox" name="dryRun" /><span>Dry run: only tell what would change</span></label>`
}

function readDeploy(form: FormData) {
  const version = String(form.get('version') ?? '')
  const strategy = strategyTypes.find((type) => type === form.get('strategy'))
  return { ...(version && { version }), ...(strategy && { strategy }), ...(form.has('dryRun') && { dryRun: true }) }
}

export function openRollback(where: Where, current: RevisionView | null, to?: RevisionView): void {
  const { app, environment } = where
  const key = makeKey()
  const typed = isProduction(environment) ? { typed: app } : {}
  openDialog({
    title: `Roll back ${app} in ${environment}`,
    confirm: 'Roll back',
    isDangerous: true,
    ...typed,
    body: () => html`
      <p>
        ${to ? html`<strong>Revision ${to.number}</strong> (${to.version}) serves again` : html`The <strong>revision before</strong> serves again`}${current ? html` in place of revision ${current.number} (${current.version})` : nothing}.
      </p>
      <p>Deploys that wait in ${environment} are superseded, and it is pinned: nothing is deployed there by a trigger until somebody deploys or unpins.</p>`,
    run: () => record({ kind: 'rollback', app, environment, ...(to && { toRevision: to.number }) }, key),
  })
}

export function openUnpin({ app, environment }: Where): void {
  openDialog({
    title: `Unpin ${environment} of ${app}`,
    confirm: 'Unpin',
    body: () =>
      html`<p>Triggers deploy to <strong>${environment}</strong> of <strong>${app}</strong> again. What runs stays as it is.</p>`,
    async run() {
      await ask('unpinEnvironment', { params: { app, environment } })
      say(`${environment} is unpinned.`)
    },
  })
}

export function openRemoval(where: Where): void {
  const { app, environment } = where
  const key = makeKey()
  openDialog({
    title: `Remove ${app} from ${environment}`,
    confirm: 'Remove',
    isDangerous: true,
    typed: `${app} ${environment}`,
    body: () =>
      html`<p>All that runs of <strong>${app}</strong> in <strong>${environment}</strong> is taken down. Its history stays: a deploy or a rollback brings it back.</p>`,
    run: () => record({ kind: 'deploy', app, environment, remove: true }, key),
  })
}

function isProduction(environment: string): boolean {
  return /^(prod|production|live)\b/.test(environment)
}
