import type { FailureView } from '@stevedore/contract'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { Refusal } from '../api/problem.ts'
import { icon } from './icon.ts'

/** How a job failed: the code, the sentence, what was seen, and what to do about it. */
export function viewFailure(
  { code, message, remedy, diagnosis }: FailureView,
  heading = 'What went wrong',
): TemplateResult {
  return html`<section class="card problem" aria-labelledby="failure">
    <h2 id="failure">${icon('circle-x')}${heading}: <code>${code}</code></h2>
    <p>${message}</p>
    ${diagnosis ? html`<details open><summary>What was seen</summary><pre>${diagnosis}</pre></details>` : nothing}
    <p class="remedy"><strong>What to do:</strong> ${remedy}</p>
  </section>`
}

const remedies: Partial<Record<string, string>> = {
  unreachable: 'Is the server running? `stevedore doctor` tells what it lacks. This page asks again by itself.',
  unavailable: 'The ledger is away for the moment. This page asks again by itself.',
  'not-found': 'It may have been removed, or lies outside of what your token reaches.',
  forbidden: 'Ask an administrator for a token with the right to do this.',
}

/** Why the server refused. */
export function viewRefusal({ code, title, detail, faults, instance }: Refusal): TemplateResult {
  return html`<section class="card problem" role="alert">
    <p><strong>${icon('circle-x')}${title}</strong> <code>${code}</code></p>
    ${detail ? html`<p>${detail}</p>` : nothing}
    ${
      faults.length > 0
        ? html`<ul class="faults">
            ${faults.map(({ path, message }) => html`<li>${path.length > 0 ? html`<code>${path.join('.')}</code> ` : nothing}${message}</li>`)}
          </ul>`
        : nothing
    }
    ${remedies[code] ? html`<p class="remedy">${remedies[code]}</p>` : nothing}
    ${instance ? html`<p class="dim">In the log of the server: <code>${instance}</code></p>` : nothing}
  </section>`
}
