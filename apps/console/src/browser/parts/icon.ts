import { html, type TemplateResult } from 'lit-html'
import type { IconName } from './icon-names.ts'

/** A drawing beside a word: it says nothing by itself, so it is silent to who listens. */
export function icon(name: IconName, look = ''): TemplateResult {
  return html`<svg class="icon ${look}" aria-hidden="true"><use href="#i-${name}"></use></svg>`
}
