import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A line of docs/guarantees.md that says what holds. */
export interface Guarantee {
  /** `P1`, `F12`; a fault has several lines. */
  id: string
  /** Of a fault: where it strikes. */
  where: string
  holds: string
  shownBy: Evidence[]
}

/** A test, by its file and its name, or a part of that. */
export interface Evidence {
  file: string
  name: string
}

/** What is promised, in the order of the page. */
export function readGuarantees(): Guarantee[] {
  const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| `[PF]\d/.test(line))
  return rows.map((row) => {
    const [id = '', ...cells] = row.slice(2, -1).split(' | ')
    const shownBy = cells.at(-1) ?? ''
    return {
      id: id.replaceAll('`', ''),
      where: cells.length === 3 ? (cells[0] ?? '') : '',
      holds: cells.at(-2) ?? '',
      shownBy: [...shownBy.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, file = '', name = '']) => ({ file, name })),
    }
  })
}
