import type { JobEvent } from '@stevedore/contract'
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import { formatClock } from '../../parts/time.ts'
import { nameTraffic } from '../../parts/traffic.ts'

export interface Shift {
  atMs: number
  weights: Record<number, number>
}

export interface Point {
  atMs: number
  verdict: 'pass' | 'fail' | 'inconclusive'
  reason: string
  value: number | undefined
}

export function listShifts(events: readonly JobEvent[]): Shift[] {
  return events.flatMap((event) =>
    event.type === 'traffic.shifted' ? [{ atMs: Date.parse(event.at), weights: event.data.weights }] : [],
  )
}

export function listPoints(events: readonly JobEvent[]): Point[] {
  return events.flatMap((event) => {
    if (event.type !== 'analysis.sampled') return []
    const { verdict, reason, sample } = event.data
    return [{ atMs: Date.parse(event.at), verdict, reason, value: measure(sample) }]
  })
}

/** The share of errors in percent, or the number that was asked for. */
function measure(sample: Extract<JobEvent, { type: 'analysis.sampled' }>['data']['sample']): number | undefined {
  if (!sample) return undefined
  if ('requests' in sample) return sample.requests === 0 ? 0 : (100 * sample.errors) / sample.requests
  return sample.value ?? undefined
}

const width = 600
const height = 90

/** How the traffic moved: each revision's share over time, the newest on top. */
export function viewShifts(shifts: readonly Shift[], endMs: number): TemplateResult | typeof nothing {
  const first = shifts[0]
  const last = shifts.at(-1)
  if (!first || !last) return nothing
  const spanMs = Math.max(1, endMs - first.atMs)
  const newest = Math.max(...shifts.flatMap(({ weights }) => Object.keys(weights).map(Number)))
  const x = (atMs: number) => (width * (atMs - first.atMs)) / spanMs
  const bars = shifts.map(({ atMs, weights }, index) => {
    const from = x(atMs)
    const share = ((weights[newest] ?? 0) * height) / 100
    const wide = Math.max(1, x(shifts[index + 1]?.atMs ?? endMs) - from)
    return svg`<rect class="share-0" x=${from} y="0" width=${wide} height=${height - share}></rect>
      <rect class="share-1" x=${from} y=${height - share} width=${wide} height=${share}></rect>`
  })
  return html`<figure>
    <figcaption>Traffic over time: now ${nameTraffic(last.weights)}</figcaption>
    <svg class="chart" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${`The share of revision ${newest}: ${shifts.map(({ weights }) => `${weights[newest] ?? 0} %`).join(', ')}`}>${bars}</svg>
    <p class="axis dim"><span>${formatClock(first.atMs)}</span><span>${formatClock(endMs)}</span></p>
  </figure>`
}

/** What the analysis saw, sample by sample. */
export function viewPoints(points: readonly Point[]): TemplateResult | typeof nothing {
  const last = points.at(-1)
  if (!last) return nothing
  const most = Math.max(1, ...points.map(({ value }) => value ?? 0))
  const step = width / points.length
  const marks = points.map(({ verdict, value }, index) => {
    const tall = 6 + ((value ?? 0) * (height - 12)) / most
    return svg`<rect class=${verdict} x=${index * step + 1} width=${Math.min(24, Math.max(1, step - 2))} y=${height - tall} height=${tall}></rect>`
  })
  const failed = points.filter(({ verdict }) => verdict === 'fail').length
  return html`<figure>
    <figcaption>${points.length} ${points.length === 1 ? 'sample' : 'samples'}, ${failed} failed; the last: ${last.reason}</figcaption>
    <svg class="chart" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${`Samples: ${points.map(({ verdict }) => verdict).join(', ')}`}>${marks}</svg>
  </figure>`
}
