import { html, nothing, type TemplateResult } from 'lit-html'

type Fact = [word: string, value: TemplateResult | string | number | typeof nothing | null | undefined]

/** Named values. What has none is left out. */
export function viewFacts(facts: Fact[]): TemplateResult {
  return html`<dl class="facts">
    ${facts.map(([word, value]) =>
      value === null || value === undefined || value === nothing || value === ''
        ? nothing
        : html`<div><dt>${word}</dt><dd>${value}</dd></div>`,
    )}
  </dl>`
}
