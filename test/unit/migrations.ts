import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../drizzle')

/** The statements of the migrations behind one, without the bodies of functions. */
export function readStatementsSince(migration: string): string[] {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal
  const last = entries.findIndex(({ tag }) => tag === migration)
  if (last < 0) throw new Error(`there is no migration ${migration}`)
  return entries.slice(last + 1).flatMap(({ tag }) => splitStatements(readFileSync(join(folder, `${tag}.sql`), 'utf8')))
}

interface Journal {
  entries: { tag: string }[]
}

export function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/\$(\w*)\$.*?\$\1\$/gs, '…')
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.replaceAll('"', '').replaceAll(/\s+/g, ' ').trim())
    .filter(Boolean)
}

/** Takes from the code of before what it reads, or refuses what it writes. */
const takesAway = [
  /^(DROP|TRUNCATE|DELETE|REVOKE)\b/i,
  /^ALTER .*\b(DROP|RENAME|SET NOT NULL|TYPE|ADD CONSTRAINT|ADD (CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE))\b/i,
  /^ALTER TABLE .*\bADD COLUMN\b(?!.*\b(DEFAULT|GENERATED)\b).*\bNOT NULL\b/i,
  /^CREATE UNIQUE INDEX\b/i,
]

/** Those that the code of before could not bear. What they themselves have brought is theirs to bind: that code does not know it. */
export function findContractions(statements: readonly string[]): string[] {
  const tables = statements.flatMap((statement) => /^CREATE TABLE (?:IF NOT EXISTS )?(\S+)/i.exec(statement)?.[1] ?? [])
  const columns = statements.flatMap((statement) =>
    [...statement.matchAll(/\bADD COLUMN (?:IF NOT EXISTS )?(\w+)/gi)].map(
      ([, column]) => `${nameTable(statement)}.${column}`,
    ),
  )
  const isTheirs = (statement: string) => tables.includes(nameTable(statement)) || bindsNew(statement, columns)
  return statements.filter((statement) => takesAway.some((rule) => rule.test(statement)) && !isTheirs(statement))
}

function nameTable(statement: string): string {
  const [, table = ''] =
    /^(?:ALTER TABLE (?:IF EXISTS |ONLY )?|CREATE UNIQUE INDEX .*? ON )(?:public\.)?(\w+)/i.exec(statement) ?? []
  return table
}

/** A key or a unique index over a column of which the code of before leaves NULL. */
function bindsNew(statement: string, columns: readonly string[]): boolean {
  const [, bound = ''] = /(?:FOREIGN KEY|UNIQUE INDEX .*? ON \S+(?: USING \w+)?) ?\(([^)]*)\)/i.exec(statement) ?? []
  return bound.split(',').some((column) => columns.includes(`${nameTable(statement)}.${column.trim()}`))
}
