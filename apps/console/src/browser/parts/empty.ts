import { html, nothing, type TemplateResult } from 'lit-html'

/** That there is nothing, and the command that changes it. */
export function viewEmpty(sentence: string, command?: string): TemplateResult {
  return html`<div class="empty">
    <p>${sentence}</p>
    ${command ? html`<p><code>${command}</code></p>` : nothing}
  </div>`
}
