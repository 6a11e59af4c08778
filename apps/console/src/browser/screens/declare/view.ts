import type { AppSpecInput, AppsSpecInput } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import { ask } from '../../api/client.ts'
import { toRefusal } from '../../api/problem.ts'
import { say } from '../../dialogs.ts'
import { linkApp } from '../../parts/job.ts'
import { viewPageHead } from '../../parts/page-head.ts'
import { viewRefusal } from '../../parts/problem.ts'
import { go } from '../../router.ts'
import type { Seen } from '../../screen.ts'
import { may } from '../../state.ts'
import { keep } from './draft.ts'
import { viewForm } from './form.ts'
import type { Declaration } from './load.ts'
import { parseSpec } from './parse-spec.ts'

export function viewDeclaration({ state: current, data }: Seen<Declaration>): TemplateResult {
  const { app, text, refusal } = data
  return html`
    ${viewPageHead({
      title: app ? `Spec of ${app}` : 'Declare an app',
      trail: app ? [[app, linkApp(app)]] : [['Overview', '/console']],
      about:
        'The spec says where an app comes from, how it is built and where it runs. What it does not say has a default.',
    })}
    <form class="stack" novalidate @submit=${(event: SubmitEvent) => submit(event, data)}>
      <div class="columns">
        ${may(current, 'administer') ? html`<div class="stack">${viewForm(data)}</div>` : nothing}
        <label class="field whole-spec">
          <span>Spec, as YAML or JSON</span>
          <textarea
            class="spec" spellcheck="false" autocomplete="off"
            aria-invalid=${refusal ? 'true' : 'false'} aria-describedby="faults"
            .value=${text} @input=${(event: Event) => keep({ text: (event.target as HTMLTextAreaElement).value })}
          ></textarea>
          <small>The fields write here, and what stands here is what is declared: write whatever else a spec may say.</small>
        </label>
      </div>
      <div id="faults">${refusal ? viewRefusal(refusal) : nothing}</div>
      ${
        may(current, 'administer')
          ? html`<div class="acts"><button class="primary">${app ? 'Declare it anew' : 'Declare'}</button></div>`
          : html`<p class="dim">To declare an app takes a token with the right to administer.</p>`
      }
    </form>
    <p class="dim">The same by the command line: <code>stevedore apply -f stevedore.yaml</code></p>`
}

async function submit(event: SubmitEvent, data: Declaration): Promise<void> {
  event.preventDefault()
  try {
    const [app, ...others] = await declare(data)
    say(others.length > 0 ? `${[app, ...others].join(', ')} are declared.` : `${app} is declared.`)
    go(others.length > 0 ? '/console' : linkApp(app))
  } catch (error) {
    keep({ refusal: toRefusal(error) })
    focusFault()
  }
}

/** @returns the names of the apps. Throws RefusedError. */
async function declare({ app, text, etag }: Declaration): Promise<[string, ...string[]]> {
  const spec = parseSpec(text) as AppSpecInput | AppsSpecInput
  // In the place of the one app that is changed, several have none.
  if (app === undefined && 'apps' in spec) {
    const { items } = await ask('putApps', { body: spec })
    const [first = '', ...others] = items.map((item) => item.app)
    return [first, ...others]
  }
  return [await declareOne(spec as AppSpecInput, { app, etag })]
}

async function declareOne(spec: AppSpecInput, { app, etag }: Pick<Declaration, 'app' | 'etag'>): Promise<string> {
  // A name that no address can have is refused with all else that is wrong in the spec, and not by itself before that.
  const name = /^[a-z][a-z0-9-]*$/.test(spec.app) ? spec.app : (app ?? 'unnamed')
  await ask('putApp', { params: { app: name }, body: spec, ...(etag && { headers: { 'If-Match': etag } }) })
  return spec.app
}

/** Once it is drawn: the first field that something is wrong with is where one goes on. */
function focusFault(): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main [aria-invalid=true]')?.focus()),
  )
}
