import type { RevisionComparison, SettingChange, SpecComparison } from '@stevedore/contract'
import { printJson, printList } from './output.ts'

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
