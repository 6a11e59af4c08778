import { CasingCache, getTableColumns } from '../foundation/drizzle.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'

/** A row of `jobs` as a statement of our own gives it, by the names that Postgres knows. */
export type StoredRow = Record<string, unknown>

const casing = new CasingCache('snake_case')
/** Of the table, by the names that they have in the code. */
export const columns = Object.entries(getTableColumns(jobs)).map(([name, column]) => {
  return { name, column, stored: casing.getColumnCasing(column) }
})

export function readRow(row: StoredRow): JobRow {
  const read = columns.map(({ name, column, stored }) => {
    const value = row[stored]
    return [name, value === null ? null : column.mapFromDriverValue(value)]
  })
  return Object.fromEntries(read) as JobRow
}
