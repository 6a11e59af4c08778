import type { AppView, ImageView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask, fillIn, send } from '../api/client.ts'
import { makeKey } from '../api/key.ts'
import { openDialog } from '../dialogs.ts'
import { record } from './record.ts'

/** What the fields of a form say; those that are left empty are not said. */
function readTexts(form: FormData, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (form.get(name) ? [[name, String(form.get(name))]] : [])))
}

export function openBuild({ app, spec }: AppView): void {
  const key = makeKey()
  const targets = spec.build.targets ?? []
  openDialog({
    title: `Build ${app}`,
    confirm: 'Build',
    body: () => html`
      ${viewSource(app, spec)}
      ${viewTarget(targets)}
      <label class="field"><span>Branch, tag or commit</span><input name="ref" placeholder=${spec.source.ref} autocomplete="off" /></label>
      <label class="field">
        <span>Version</span><input name="version" autocomplete="off" />
        <small>Empty: what <code>git describe</code> says.</small>
      </label>
      ${
        spec.image.registry
          ? html`<label class="check"><input type="checkbox" name="push" checked /><span>Push to ${spec.image.registry} once it is built</span></label>`
          : nothing
      }`,
    async run(form) {
      if (form.has('git')) await nameSource(app, String(form.get('git')))
      const texts = readTexts(form, ['target', 'ref', 'version'])
      await record({ kind: 'build', app, ...texts, ...(form.has('push') && { push: true }) }, key)
    },
  })
}

/** A spec that lists no targets leaves it to the Dockerfile which there are. */
function viewTarget(targets: readonly string[]): TemplateResult {
  if (targets.length === 0)
    return html`<label class="field">
      <span>Target</span><input name="target" autocomplete="off" />
      <small>A stage of the Dockerfile. Empty: the usual one.</small>
    </label>`
  return html`<label class="field">
    <span>Target</span>
    <select name="target">
      <option value="">the usual one</option>
      ${targets.map((target) => html`<option>${target}</option>`)}
      <option value="all">all of them</option>
    </select>
  </label>`
}

/** Where it is fetched from. An app of uploaded folders, which a browser has none of, is given a repository. */
function viewSource(app: string, { source }: AppView['spec']): TemplateResult {
  if (source.git) return html`<p>A worker fetches <code>${source.git}</code> and builds what it holds.</p>`
  return html`<p>
      The spec of ${app} names no source: it was built from folders that <code>stevedore build</code> sends. Here it takes a repository,
      which the spec names from then on.
    </p>
    <label class="field">
      <span>Git repository</span>
      <input name="git" required autocomplete="off" spellcheck="false" placeholder="https://git.example.com/acme/${app}.git" />
    </label>`
}

/** Makes a repository the source of an app. Whatever else has become of its spec meanwhile stays. */
async function nameSource(app: string, git: string): Promise<void> {
  const response = await send(fillIn('/v1/apps/:app', { app }))
  const { spec }: AppView = await response.json()
  const etag = response.headers.get('etag')
  const body = { ...spec, source: { ...spec.source, git } }
  await ask('putApp', { params: { app }, body, ...(etag && { headers: { 'If-Match': etag } }) })
}

export function openPush({ app, spec }: AppView, { version, target }: ImageView): void {
  const key = makeKey()
  openDialog({
    title: `Push ${app} ${version}`,
    confirm: 'Push',
    body: () =>
      html`<p>The image of target <strong>${target}</strong> is pushed to <strong>${spec.image.registry}</strong>.</p>`,
    run: () => record({ kind: 'push', app, version, target }, key),
  })
}
