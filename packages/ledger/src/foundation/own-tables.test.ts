import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { getTableName, is, PgTable } from './drizzle.ts'
import { ownTables } from './own-tables.ts'

test('every table of the schema is among them, so that a backup has it', async () => {
  const folder = join(import.meta.dirname, 'schema')
  const modules = await Promise.all(globSync('*.ts', { cwd: folder }).map((file) => import(join(folder, file))))
  const tables = modules.flatMap((module) => Object.values(module)).filter((value) => is(value, PgTable))
  expect([...ownTables].sort()).toEqual([...new Set(tables.map((table) => getTableName(table)))].sort())
})
