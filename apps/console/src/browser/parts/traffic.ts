import type { TrafficWeights } from '@stevedore/contract'
import { html, nothing, svg, type TemplateResult } from 'lit-html'

/** `r3 90 %, r4 10 %`, the newest last. */
export function nameTraffic(weights: TrafficWeights): string {
  return listShares(weights)
    .map(({ revision, percent }) => `r${revision} ${percent} %`)
    .join(', ')
}

function listShares(weights: TrafficWeights): { revision: number; percent: number }[] {
  return Object.entries(weights)
    .map(([revision, percent]) => ({ revision: Number(revision), percent }))
    .filter(({ percent }) => percent > 0)
    .sort((a, b) => a.revision - b.revision)
}

/** Who gets how much of the traffic: a bar, and the same in numbers. */
export function viewTraffic(weights: TrafficWeights): TemplateResult | typeof nothing {
  const shares = listShares(weights)
  if (shares.length === 0) return nothing
  let from = 0
  const parts = shares.map(({ percent }, index) => {
    const part = svg`<rect class="share-${index % 3}" x="${from}%" width="${percent}%" y="0" height="100%"></rect>`
    from += percent
    return part
  })
  return html`<span class="traffic">
    <svg class="bar" aria-hidden="true" preserveAspectRatio="none">${parts}</svg>
    <span class="number">${nameTraffic(weights)}</span>
  </span>`
}
