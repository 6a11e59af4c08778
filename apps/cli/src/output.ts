import { formatTable } from './render/table.ts'

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
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
  else console.log(items.length === 0 ? empty : formatTable(headline, items.map(row)))
}
