import type { ListedApp } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'

export interface Scope {
  app?: string
  environment?: string
}

/** Where something holds: everywhere, for an app, or for one environment of it. One field, so that no impossible pair can be chosen. */
export function viewPlaceChoice(apps: readonly ListedApp[], { everywhere }: { everywhere: boolean }): TemplateResult {
  return html`<label class="field">
    <span>For</span>
    <select name="place">
      ${everywhere ? html`<option value="">all apps</option>` : nothing}
      ${apps.map(
        ({ app, spec }) => html`
          <option value=${app}>${app}</option>
          ${Object.keys(spec.environments).map((environment) => html`<option value="${app}/${environment}">${app}, ${environment} alone</option>`)}`,
      )}
    </select>
  </label>`
}

export function readPlace(form: FormData): Scope {
  const [app = '', environment] = String(form.get('place') ?? '').split('/')
  return { ...(app && { app }), ...(environment && { environment }) }
}

/** `all apps`, `shop`, `shop, production alone`. */
export function nameScope({ app, environment }: { app: string | null; environment: string | null }): string {
  if (app === null) return environment === null ? 'all apps' : `${environment} of all apps`
  return environment === null ? app : `${app}, ${environment} alone`
}
