import { paint } from './style.ts'
import { plain } from './visible.ts'

/** Rows under a headline, in columns as wide as their widest cell; the last one is left ragged. */
export function formatTable(headline: string[], rows: string[][]): string {
  const clean = rows.map((row) => row.map(plain))
  const widths = headline.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => row[column]?.length ?? 0)),
  )
  const lines = [headline, ...clean].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [paint('bold', lines[0] ?? ''), ...lines.slice(1)].join('\n')
}

/** `name: value` lines with the values in one column. */
export function formatPairs(pairs: [string, string][]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 1
  return pairs.map(([name, value]) => `${`${name}:`.padEnd(width)} ${plain(value)}`).join('\n')
}
