import type { RevisionComparison, SettingChange, SpecComparison } from '@stevedore/contract'
import { formatTable } from './render/table.ts'
import { formatJson, visible } from './render/visible.ts'

/** What a command says. Much of it is the server's, or of those whom the server tells of: none of it steers the terminal. */
export function print(text: string): void {
  console.log(visible(text))
}

/** The same beside what a command says. */
export function printAside(text: string): void {
  console.error(visible(text))
}

export function printJson(value: unknown): void {
  console.log(formatJson(value, 2))
}

/** One JSON document for machines, or a table for people. */
export function printList<T>(
  items: readonly T[],
  {
    json,
    headline,
    row,
    empty,
  }: { json: boolean | undefined; headline: string[]; row: (item: T) => string[]; empty: string },
): void {
  if (json) printJson(items)
  else print(items.length === 0 ? empty : formatTable(headline, items.map(row)))
}

/** In what two differ. @param sign before their numbers: `r`, `v` */
export function printComparison(
  found: RevisionComparison | SpecComparison,
  { json, sign }: { json: boolean | undefined; sign: string },
): void {
  const { from, to, changes } = found
  const headline = ['WHAT', `${sign}${from}`, `${sign}${to}`]
  if (json) printJson(found)
  else printList(changes, { json, headline, row: toRow, empty: 'They do not differ.' })
}

function toRow({ path, from, to }: SettingChange): string[] {
  return [path, write(from), write(to)]
}

function write(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
