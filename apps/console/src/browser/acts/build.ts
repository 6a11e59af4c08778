import type { AppView, ImageView } from '@stevedore/contract'
import { html, nothing } from 'lit-html'
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
      <p>Its source is fetched and built by a worker.</p>
      ${
        targets.length > 0
          ? html`<label class="field">
              <span>Target</span>
              <select name="target">
                <option value="">the usual one</option>
                ${targets.map((target) => html`<option>${target}</option>`)}
                <option value="all">all of them</option>
              </select>
            </label>`
          : nothing
      }
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
    run: (form) =>
      record(
        {
          kind: 'build',
          app,
          ...readTexts(form, ['target', 'ref', 'version']),
          ...(form.has('push') && { push: true }),
        },
        key,
      ),
  })
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
