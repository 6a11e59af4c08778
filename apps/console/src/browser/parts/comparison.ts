import type { SettingChange } from '@stevedore/contract'
import { html, type TemplateResult } from 'lit-html'
import { go } from '../router.ts'
import { icon } from './icon.ts'
import { type Choice, listChoices, type Pair, writeValue } from './pair.ts'
import { viewTable } from './table.ts'

interface Form {
  /** The screen whose address takes `?from=3&to=4`. */
  path: string
  /** The newest first. */
  choices: readonly Choice[]
  pair: Pair | null
}

/** Asks which two are to be held against each other: by itself the newest against the one before. */
export function viewChoice({ path, choices, pair }: Form): TemplateResult {
  const choose = (name: 'from' | 'to', standard: Choice | undefined) => {
    const chosen = pair?.[name] ?? standard?.number
    return html`<label>
      ${name}
      <select name=${name}>
        ${listChoices(choices, pair).map(({ number, words }) => html`<option value=${number} ?selected=${number === chosen}>${words}</option>`)}
      </select>
    </label>`
  }
  return html`<form class="choice" @submit=${(event: SubmitEvent) => compare(event, path)}>
    ${choose('from', choices[1])} ${choose('to', choices[0])}
    <button>${icon('arrow-left-right')}Compare</button>
  </form>`
}

function compare(event: SubmitEvent, path: string): void {
  event.preventDefault()
  const form = new FormData(event.target as HTMLFormElement)
  go(`${path}?from=${form.get('from')}&to=${form.get('to')}`, { replace: true })
}

interface Differences extends Pair {
  changes: readonly SettingChange[]
  caption: string
  /** Before the numbers: `r`, `v`. */
  sign: string
  empty: TemplateResult
}

export function viewComparison({ from, to, changes, caption, sign, empty }: Differences): TemplateResult {
  return viewTable<SettingChange>({
    caption,
    rows: changes,
    columns: [
      { word: 'Setting', kind: 'name', cell: ({ path }) => html`<code>${path}</code>` },
      { word: `${sign}${from}`, cell: (change) => viewValue(change.from) },
      { word: `${sign}${to}`, cell: (change) => viewValue(change.to) },
    ],
    empty,
  })
}

function viewValue(value: unknown): TemplateResult {
  const text = writeValue(value)
  return text === undefined ? html`<span class="dim">not set</span>` : html`<code>${text}</code>`
}
