/** The one row that a statement must have given. @param what names it where there is none, or more than one: a mistake of ours */
export function takeOnly<R>(rows: readonly R[], what: string): R {
  const [row] = rows
  if (row === undefined || rows.length > 1) throw new Error(`${what}: ${rows.length} rows instead of one`)
  return row
}
