import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type Client, escapeIdentifier } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { LedgerTable } from './list-tables.ts'
import { nameFile, type TableCopy } from './manifest.ts'

/** Writes a table's rows, as the transaction sees them, into a file of the folder that only its owner reads; it is on the disk afterwards. */
export async function copyOut(client: Client, { name, columns }: LedgerTable, folder: string): Promise<TableCopy> {
  const rows = client.query(copyTo(`COPY ${describeTarget(name, columns)} TO STDOUT`))
  const sum = createHash('sha256')
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _, next) {
      bytes += chunk.length
      sum.update(chunk)
      next(null, chunk)
    },
  })
  const file = createWriteStream(join(folder, nameFile(name)), { flags: 'wx', mode: 0o600, flush: true })
  await pipeline(rows, createGzip(), count, file)
  return { table: name, columns, rows: rows.rowCount ?? 0, bytes, sha256: sum.digest('hex') }
}

/** @returns how many rows it put into the table */
export async function copyIn(client: Client, { table, columns }: TableCopy, folder: string): Promise<number> {
  const rows = client.query(copyFrom(`COPY ${describeTarget(table, columns)} FROM STDIN`))
  await pipeline(createReadStream(join(folder, nameFile(table))), createGunzip(), rows)
  return rows.rowCount ?? 0
}

/** Whether the file is what the manifest says of it. Rejects where it cannot be read. */
export async function isWhole({ table, bytes, sha256 }: TableCopy, folder: string): Promise<boolean> {
  const sum = createHash('sha256')
  let seen = 0
  for await (const chunk of createReadStream(join(folder, nameFile(table)))) {
    seen += chunk.length
    sum.update(chunk)
  }
  return seen === bytes && sum.digest('hex') === sha256
}

function describeTarget(table: string, columns: readonly string[]): string {
  return `public.${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')})`
}
