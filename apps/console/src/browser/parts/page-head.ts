import { html, nothing, type TemplateResult } from 'lit-html'

interface PageHead {
  title: string | TemplateResult
  /** Where this lies: each with its address. */
  trail?: [word: string, to: string][]
  /** Below the title. */
  about?: TemplateResult | string | typeof nothing
  acts?: TemplateResult | typeof nothing
}

/** What a screen begins with. Its heading takes the focus when the screen is opened. */
export function viewPageHead({ title, trail = [], about, acts }: PageHead): TemplateResult {
  return html`
    <header class="page-head">
      <div>
        ${trail.length > 0 ? viewTrail(trail) : nothing}
        <h1 tabindex="-1">${title}</h1>
        ${about ? html`<p class="about">${about}</p>` : nothing}
      </div>
      ${acts ? html`<div class="acts">${acts}</div>` : nothing}
    </header>`
}

function viewTrail(trail: [word: string, to: string][]): TemplateResult {
  return html`<nav class="trail" aria-label="Where this lies">
    ${trail.map(([word, to]) => html`<a href=${to}>${word}</a><span aria-hidden="true">/</span>`)}
  </nav>`
}
