import { html, type TemplateResult } from 'lit-html'

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** `45 s`, `3 min`, `2 h`, `5 d`: as much as tells how long ago something was. */
export function formatAge(ms: number): string {
  const [unit, size] = units.find(([, least]) => ms >= least) ?? (['s', 1_000] as const)
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`: how long something took. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`
}

/** `2026-03-01 12:30:05`, in the reader's own time zone. */
export function formatTime(at: string | number): string {
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** `12:30`, in the reader's own time zone. */
export function formatClock(at: string | number): string {
  return formatTime(at).slice(11, 16)
}

/** `3 min ago`, with the exact time for who points at it; a dash for what has not happened. */
export function viewAge(at: string | null | undefined, nowMs: number): TemplateResult {
  if (!at) return html`<span class="dim">–</span>`
  const ms = nowMs - Date.parse(at)
  const words = ms < 0 ? `in ${formatAge(-ms)}` : ms < 5_000 ? 'just now' : `${formatAge(ms)} ago`
  return html`<time datetime=${at} title=${formatTime(at)}>${words}</time>`
}

/** How long something took, or has taken so far. */
export function viewDuration(from: string | null, to: string | null, nowMs: number): TemplateResult {
  if (!from) return html`<span class="dim">–</span>`
  const ms = (to ? Date.parse(to) : nowMs) - Date.parse(from)
  return html`<span class="number" title=${`since ${formatTime(from)}`}>${formatDuration(ms)}</span>`
}
