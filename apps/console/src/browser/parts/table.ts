import { html, type nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'

type Cell = TemplateResult | string | number | typeof nothing

export interface Column<R> {
  word: string
  /** Numbers stand to the right; what a row is named by is its heading. */
  kind?: 'number' | 'name' | 'row-acts'
  cell(row: R): Cell
}

interface Shared<R> {
  /** What it lists, for who cannot see what stands around it. */
  caption: string
  rows: readonly R[]
  /** Instead of a table without rows. */
  empty?: TemplateResult
}

/** What tells rows apart: where they have acts, elements stay with their row, and a click meant for one never reaches another that took its place. */
type Table<R> = Shared<R> &
  (
    | { columns: (Column<R> & { kind?: 'number' | 'name' })[]; key?: never }
    | { columns: Column<R>[]; key(row: R): string | number }
  )

/** A table; on a narrow screen each row becomes a block of named values, so that nothing has to be moved sideways. */
export function viewTable<R>({ caption, columns, rows, empty, key }: Table<R>): TemplateResult {
  if (rows.length === 0 && empty) return empty
  const viewRow = (row: R) => html`<tr role="row">${columns.map((column) => viewCell(column, row))}</tr>`
  return html`
    <table role="table">
      <caption class="unseen">${caption}</caption>
      <thead role="rowgroup">
        <tr role="row">${columns.map(({ word, kind }) => html`<th role="columnheader" scope="col" class=${kind ?? ''}>${word}</th>`)}</tr>
      </thead>
      <tbody role="rowgroup">${key ? repeat(rows, key, viewRow) : rows.map(viewRow)}</tbody>
    </table>`
}

function viewCell<R>({ word, kind, cell }: Column<R>, row: R): TemplateResult {
  return kind === 'name'
    ? html`<th role="rowheader" scope="row" class="name">${cell(row)}</th>`
    : html`<td role="cell" class=${kind ?? ''} data-word=${word}><div>${cell(row)}</div></td>`
}
