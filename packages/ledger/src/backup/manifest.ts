import { z } from 'zod'

export const manifestName = 'manifest.json'
/** More than any manifest has; whatever is larger is none. */
export const manifestLimitBytes = 1_048_576

/** A file's name from one of PostgreSQL's: no path leads out of the folder. */
const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)

const tableCopy = z.strictObject({
  table: identifier,
  /** In the order of the rows' fields. */
  columns: z.array(identifier).min(1),
  rows: z.int().min(0),
  bytes: z.int().min(0),
  /** Of the file as it lies there, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifest = z.strictObject({
  format: z.literal(1),
  /** When the copy's snapshot was taken, by PostgreSQL's clock. */
  takenAt: z.iso.datetime(),
  /** Of Stevedore. */
  version: z.string().max(100),
  /** `when` of the newest migration that the tables had. */
  migration: z.int(),
  tables: z.array(tableCopy).max(1_000),
  /** Which number each sequence had given last; what has given none yet is left out. */
  sequences: z.record(identifier, z.int()),
  /** Where the audit trail ended; null: nothing was in it. */
  head: z
    .strictObject({
      seq: z.int().min(1),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      at: z.iso.datetime(),
      /** By the audit key of whoever made the backup. */
      signature: z.base64().optional(),
    })
    .nullable(),
  /** Says of a master key whether it is the one of the installation, and nothing else of it; null where it had none. */
  masterKey: z.string().max(64).nullable(),
})

/** What a backup holds: beside it, in the same folder, one file for each table. */
export type Manifest = z.output<typeof manifest>
export type TableCopy = z.output<typeof tableCopy>

/** undefined where the text is none of this version. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    return manifest.safeParse(JSON.parse(text)).data
  } catch {
    // It is not even JSON.
    return undefined
  }
}

/** The file of a table's rows: PostgreSQL's COPY as text, by gzip. */
export function nameFile(table: string): string {
  return `${table}.copy.gz`
}
